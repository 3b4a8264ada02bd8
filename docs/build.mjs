// Builds the site: the API reference from the comments (TypeDoc), then the pages (VitePress, which fails on a link to a page
// that is not there). Needs the packages built: TypeDoc reads their declarations.
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { build as buildPages } from 'vitepress';
import { PACKAGES } from './packages.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns {Promise<void>} throws where a page links to nothing, or a comment to no declaration */
export async function build() {
  await writeApi();
  await buildPages(here('.'));
}

async function writeApi() {
  const application = await Application.bootstrapWithPlugins({
    name: 'API',
    entryPoints: PACKAGES.map((name) => here(`../packages/${name}/dist/index.d.ts`)),
    tsconfig: here('tsconfig.json'),
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    out: here('api'),
    docsRoot: here('.'),
    router: 'module',
    groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Classes', 'Variables'],
    readme: 'none',
    // Of a package, what its own readers ask for: not where it stands, nor what comes from the language.
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    // The packages were compiled by whoever built them.
    skipErrorChecking: true,
    validation: { notExported: false },
    logLevel: 'Warn',
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the packages');
  for (const module of project.children ?? []) module.name = `@mcpass/${module.name.split('/')[0]}`;
  await application.generateOutputs(project);
  if (application.logger.hasErrors()) throw new Error('TypeDoc failed');
}
