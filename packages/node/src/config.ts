/// <reference types="node" preserve="true" />
export { appendBlock, cutBlocks } from './config/block.js';
export type { ServerKeys } from './config/block.js';
export { saveClientSecret } from './config/client-secret.js';
export type { SaveClientSecretOptions } from './config/client-secret.js';
export type {
  Config,
  ConfigFile,
  ConfigSource,
  ConfiguredServer,
  ConfigValue,
  ConfigWarning,
  Explanation,
  Origin,
  ServerSummary,
} from './config/config.js';
export { parseDocument, readText } from './config/document.js';
export type { ConfigDocument } from './config/document.js';
export { addServer, judgeNewServer, newServerSettings, removeServer, setClient } from './config/edit.js';
export type { AddServerOptions, RemoveServerOptions, SetClientOptions } from './config/edit.js';
export { loadConfig } from './config/load.js';
export type { LoadOptions } from './config/load.js';
export { NESTING_LIMIT, TOO_DEEP, tooDeep } from './config/nesting.js';
export { PROJECT_FILE } from './config/project-file.js';
export { judgeIssuerUrl, namesVariable, ruleOf, SERVER_KEY_NAMES } from './config/server-keys.js';
export type { KeyKind, KeyRule } from './config/server-keys.js';
export { judgeServerName } from './config/server-name.js';
export { changeText } from './config/text-file.js';
export type { ChangeOptions, TextChange } from './config/text-file.js';
export { FileRefused, readBoundedLater } from './stores/files/bounded-file.js';
export type { FileRule } from './stores/files/bounded-file.js';
