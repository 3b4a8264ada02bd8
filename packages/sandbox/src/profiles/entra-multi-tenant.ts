import type { Profile } from '../profile.js';
import { ENTRA } from './entra.js';

export const entraMultiTenant: Profile = {
  summary: 'the issuer in the metadata is a template with {tenantid}',
  facts: ['the documents of common and organizations have {tenantid} in their issuer [C openai/codex#38973]'],
  quirks: {
    ...ENTRA,
    issuerPath: '/organizations/v2.0',
    metadataIssuer: 'tenant-template',
  },
};
