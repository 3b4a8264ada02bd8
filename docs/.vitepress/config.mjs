import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

/** The pages, in the order in which somebody meets the tasks. */
const sidebar = [
  {
    text: 'Begin',
    items: [
      { text: 'Install and uninstall', link: '/install' },
      { text: 'Your own client', link: '/own-client' },
      { text: 'Several accounts', link: '/accounts' },
      { text: 'Editors and other hosts', link: '/hosts' },
    ],
  },
  {
    text: 'Elsewhere',
    items: [
      { text: 'SSH, containers, phones', link: '/elsewhere' },
      { text: 'Agents and CI', link: '/automation' },
      { text: 'Machines without a person', link: '/machines' },
      { text: 'More than one machine', link: '/fleet' },
    ],
  },
  {
    text: 'In your program',
    items: [
      { text: 'With your framework', link: '/frameworks' },
      { text: 'A browser, or your own store', link: '/own-ports' },
      { text: 'In your web application', link: '/web' },
      { text: 'API', link: '/api/' },
    ],
  },
  {
    text: 'When it does not work',
    items: [
      { text: 'Doctor', link: '/doctor' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'The sandbox', link: '/sandbox' },
      { text: 'Provider by provider', link: '/providers' },
      { text: 'Overrides', link: '/overrides' },
      { text: 'Deviations', link: '/deviations' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Configuration', link: '/configuration' },
      { text: 'Dependencies', link: '/dependencies' },
    ],
  },
];

// What TypeDoc made of the comments, where it has run (build.mjs).
const api = new URL('../api/typedoc-sidebar.json', import.meta.url);
const apiSidebar = existsSync(api) ? JSON.parse(readFileSync(api, 'utf8')) : [];

export default defineConfig({
  title: 'mcpass',
  description: 'Signs people and programs in to remote MCP servers and keeps them signed in.',
  lang: 'en',
  cleanUrls: true,
  srcExclude: ['node_modules/**'],
  cacheDir: '../.cache/docs',
  // A page that is not there fails the build; a redirect URI of the reader's machine is none.
  ignoreDeadLinks: 'localhostLinks',
  themeConfig: {
    sidebar: { '/api/': [{ text: 'API', items: apiSidebar }], '/': sidebar },
    nav: [
      { text: 'Install', link: '/install' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'API', link: '/api/' },
    ],
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/mcpass/mcpass' }],
  },
});
