import type { Profile } from '../profile.js';
import { noRegistration } from './static-client.js';

export const agentcore: Profile = {
  summary: 'an encoded ARN in the path; the resource metadata is only where the challenge says',
  facts: ['a guess at the host ends at "Invalid api path" [C nicobailon/pi-mcp-adapter#173]'],
  quirks: {
    mcpPath:
      '/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aeu-west-1%3A111122223333%3Aruntime%2Fexample/invocations',
    resourceMetadataAt: ['custom'],
    ...noRegistration(),
  },
};
