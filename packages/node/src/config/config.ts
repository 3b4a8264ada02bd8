import type { ServerCertificates } from '../fetch/certificates.js';
import type { ServerSettings } from '@mcpass/auth';
import type { StoreChoice } from '../stores/store-choice.js';

/** Who said so, strongest first. */
export type ConfigSource = 'flag' | 'environment' | 'project' | 'user' | 'default';

/** Where a value stands. */
export interface Origin {
  readonly source: ConfigSource;
  /** The file, or the flag or variable as it would be typed: `-c scopes`, `MCPASS_CREDENTIALS_STORE`. */
  readonly place: string;
  /** Counted from 1; only of a file. */
  readonly line?: number;
  readonly column?: number;
}

export type ConfigValue = string | number | boolean | readonly string[];

/** One key: its value, who set it, and who else tried. Literal header values are masked. */
export interface Explanation {
  /** Full dotted key: `mcp_servers.fastmail.scopes`. */
  readonly key: string;
  /** Absent when nobody set it and there is no default. */
  readonly value?: ConfigValue;
  readonly origin?: Origin;
  /** Those that were overruled, strongest first. */
  readonly losers: readonly { readonly value: ConfigValue; readonly origin: Origin }[];
}

export interface ConfigWarning {
  /** One line, with its place, safe to print. */
  readonly message: string;
  readonly key?: string;
  readonly origin?: Origin;
}

export interface ConfigFile {
  readonly kind: 'user' | 'project';
  readonly path: string;
  readonly exists: boolean;
}

/** A line of `mcpass list`. */
export interface ServerSummary {
  readonly name: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly origin: Origin;
}

/** One server, ready for the engine and for a session. */
export interface ConfiguredServer {
  /** Absent for a URL that no configured server has. */
  readonly name?: string;
  readonly settings: ServerSettings;
  /** Of its TLS connections, where they need more than Node knows. */
  readonly certificates?: ServerCertificates;
  readonly enabled: boolean;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  readonly enabledTools?: readonly string[];
  readonly disabledTools?: readonly string[];
  /** Where its URL was found; absent for a URL from the command line. */
  readonly origin?: Origin;
  /** The overrides that weaken a check and are on: `unsafe.assume_pkce`, … For `status`. */
  readonly overrides: readonly string[];
  readonly warnings: readonly ConfigWarning[];
}

/** What all sources together say. */
export interface Config {
  readonly files: readonly ConfigFile[];
  readonly warnings: readonly ConfigWarning[];
  readonly credentialsStore: StoreChoice;
  /**
   * The environment variables that hold a bearer token, a header or a client secret of any server. A program that is
   * started for something else has no need to see them.
   */
  secretVariables(): readonly string[];
  /** The remote servers that are configured, in the order of the files. */
  servers(): readonly ServerSummary[];
  /**
   * One server by name or by URL. A URL finds the configured server that has it, else stands for itself with defaults.
   * `-c` keys without a server's name apply to it. Throws `server_unknown`, `url_invalid`, `config_invalid`.
   */
  server(nameOrUrl: string): ConfiguredServer;
  /** One key, full (`mcp_servers.NAME.scopes`), or relative to `server`. Throws `usage` for a key that does not exist. */
  explain(key: string, server?: string): Explanation;
  /** Every key of a server that somebody set. For `get`. Throws as `server`. */
  explainServer(nameOrUrl: string): readonly Explanation[];
}
