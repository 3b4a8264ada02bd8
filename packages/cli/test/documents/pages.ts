import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A page that people read: the README, or one of the site. */
export interface Page {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

const ROOT = new URL('../../../../', import.meta.url);

export function readPage(name: string): Page {
  const file = fileURLToPath(new URL(name, ROOT));
  return { name, file, text: readFileSync(file, 'utf8') };
}

/** What the site's table of contents names, in its order. */
export const CONTENTS: readonly string[] = [
  ...(readPage('docs/.vitepress/config.mjs').text.split(/^export default/m)[0] ?? '').matchAll(
    /text: '[^']*', link: '\/([\w-]+)'/g,
  ),
].map(([, name]) => `docs/${name}.md`);

/** In the order in which somebody reads them: the README, the site's first page, and the others by its contents. */
export const PAGES: readonly Page[] = [
  ...new Set([
    'README.md',
    'docs/index.md',
    ...CONTENTS,
    ...readdirSync(new URL('docs/', ROOT))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]),
].map(readPage);

/** The blocks of code in a language, in their order. */
export function blocks({ text }: Page, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(([, of, block = '']) =>
    of === language ? [block] : [],
  );
}
