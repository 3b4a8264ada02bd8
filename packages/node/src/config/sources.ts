import { isMcpassError, type McpassError, quote } from '@mcpass/auth';
import type { TomlValue } from 'smol-toml';
import { type Environment, variable } from '../environment.js';
import type { Paths } from '../paths.js';
import type { StoreChoice } from '../stores/store-choice.js';
import type { ConfigFile, ConfigWarning, Origin } from './config.js';
import { configError, configWarning } from './config-error.js';
import { type ConfigDocument, readDocument } from './document.js';
import { judgeStoreChoice, type Overrides, readOverrides } from './override.js';
import { findProjectFile } from './project-file.js';
import { NO_SERVER_NAME, SERVER_NAME } from './server-name.js';
import { isTable, readServerTable, type Setting } from './server-table.js';

/** One server in one file. */
export interface ServerEntry {
  readonly settings: readonly Setting[];
  /** Started as a program (`command`): another host's, and not ours. */
  readonly local: boolean;
  /** Why nothing of it counts: it is left out, and the others go on. Thrown where it is asked for by name. */
  readonly broken?: McpassError;
}

export interface StoreSetting {
  readonly value: StoreChoice;
  readonly origin: Origin;
}

/** Everything that was said, each source by itself. */
export interface Sources {
  readonly files: readonly ConfigFile[];
  readonly warnings: readonly ConfigWarning[];
  readonly overrides: Overrides;
  /** By server name, in the order of the file. */
  readonly project: ReadonlyMap<string, ServerEntry>;
  readonly user: ReadonlyMap<string, ServerEntry>;
  /** Strongest first. */
  readonly stores: readonly StoreSetting[];
  /** The person's own file, for what is read of it when it is needed. */
  readonly own: ConfigDocument | undefined;
}

export interface SourcesOptions {
  readonly paths: Pick<Paths, 'configFile' | 'configNamed'>;
  readonly env: Environment;
  readonly cwd: string;
  readonly overrides: readonly string[];
}

/** Reads the files, the environment and the flags. Throws `config_invalid`, `usage`. */
export function readSources(options: SourcesOptions): Sources {
  const { paths, env, cwd } = options;
  const warnings: ConfigWarning[] = [];
  const overrides = readOverrides(options.overrides);
  const projectFile = paths.configNamed ? undefined : findProjectFile(cwd);
  const userPlace: Origin = { source: 'user', place: paths.configFile };

  const user = readDocument('user', paths.configFile, { isNamed: paths.configNamed });
  if (user === undefined && paths.configNamed) throw configError(userPlace, 'there is no such file.');
  let project: ConfigDocument | undefined;
  if (projectFile?.trusted === true) project = readDocument('project', projectFile.path);
  if (projectFile?.trusted === false) {
    const origin: Origin = { source: 'project', place: projectFile.path };
    warnings.push(configWarning(origin, 'this project file belongs to another user and was not read.'));
  }

  const files: ConfigFile[] = [{ kind: 'user', path: paths.configFile, exists: user !== undefined }];
  if (projectFile !== undefined) files.push({ kind: 'project', path: projectFile.path, exists: true });
  return {
    files,
    warnings,
    overrides,
    project: readServers(project, warnings),
    user: readServers(user, warnings),
    own: user,
    stores: readStores(overrides, env, { project, user }),
  };
}

function readServers(
  document: ConfigDocument | undefined,
  warnings: ConfigWarning[],
): ReadonlyMap<string, ServerEntry> {
  const servers = new Map<string, ServerEntry>();
  const tables = document?.table['mcp_servers'];
  if (document === undefined || tables === undefined) return servers;
  if (!isTable(tables))
    throw configError(document.origin(['mcp_servers']), 'mcp_servers must be a table of tables.');
  for (const [name, table] of Object.entries(tables))
    servers.set(name, readOrLeaveOut(document, name, table, warnings));
  return servers;
}

/** Other programs write into such a file too: what is wrong with one entry is no matter of the others. */
function readOrLeaveOut(
  document: ConfigDocument,
  name: string,
  table: TomlValue,
  warnings: ConfigWarning[],
): ServerEntry {
  try {
    return readServer(document, name, table, warnings);
  } catch (thrown) {
    if (!isMcpassError(thrown)) throw thrown;
    const origin = document.origin(['mcp_servers', name]);
    warnings.push({ message: `${thrown.message.replace(/\.$/, '')}; this entry is left out.`, origin });
    return { settings: [], local: false, broken: thrown };
  }
}

function readServer(
  document: ConfigDocument,
  name: string,
  table: TomlValue,
  warnings: ConfigWarning[],
): ServerEntry {
  const path = ['mcp_servers', name];
  const label = `mcp_servers.${SERVER_NAME.test(name) ? name : quote(name, 100)}`;
  if (!isTable(table)) throw configError(document.origin(path), `${label} must be a table.`);
  if (table['command'] !== undefined && table['url'] === undefined) return { settings: [], local: true };
  if (!SERVER_NAME.test(name)) {
    throw configError(document.origin(path), `${label} ${NO_SERVER_NAME}.`);
  }
  const read = readServerTable(table, { label, origin: (inner) => document.origin([...path, ...inner]) });
  warnings.push(...read.warnings);
  return { settings: read.settings, local: false };
}

interface Documents {
  readonly project: ConfigDocument | undefined;
  readonly user: ConfigDocument | undefined;
}

function readStores(
  overrides: Overrides,
  env: Environment,
  { project, user }: Documents,
): readonly StoreSetting[] {
  const key = 'credentials_store';
  const stores: StoreSetting[] = [];
  if (overrides.credentialsStore !== undefined) stores.push(overrides.credentialsStore);
  const value = variable(env, 'MCPASS_CREDENTIALS_STORE');
  if (value !== undefined) {
    const origin: Origin = { source: 'environment', place: 'MCPASS_CREDENTIALS_STORE' };
    stores.push({ value: judgeStoreChoice(value, origin), origin });
  }
  if (project?.table[key] !== undefined) {
    throw configError(
      project.origin([key]),
      `${key} does not belong in a project file, which others write.`,
      key,
    );
  }
  if (user?.table[key] !== undefined) {
    const origin = user.origin([key]);
    stores.push({ value: judgeStoreChoice(user.table[key], origin), origin });
  }
  return stores;
}
