// Anthropic's Claude Agent SDK: it runs Claude Code, which takes no fetch and starts the bridge instead. Who has signed in with
// the command is signed in: mcpass login https://api.fastmail.com/mcp
//
//   node examples/frameworks/claude-agent.mjs https://api.fastmail.com/mcp
import { query } from '@anthropic-ai/claude-agent-sdk';

const url = process.argv[2];
let end;
/** What to ask. Nothing here: this only shows that the server and its tools are there. */
async function* prompts() {
  await new Promise((resolve) => {
    end = resolve;
  });
  yield* [];
}

const agent = query({
  prompt: prompts(),
  options: { mcpServers: { mine: { command: 'mcpass', args: ['bridge', url] } }, settingSources: [] },
});
const status = async () => (await agent.mcpServerStatus()).find(({ name }) => name === 'mine');
let mine = await status();
for (let tries = 0; tries < 300 && (mine === undefined || mine.status === 'pending'); tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  mine = await status();
}
console.log(mine?.status);
console.log(mine?.tools?.map(({ name }) => name).join('\n'));
end();
agent.close();
