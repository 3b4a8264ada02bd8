/// <reference types="node" preserve="true" />
export { createPostgresStore } from './postgres-store.js';
export type {
  PostgresStore,
  PostgresStoreDatabase,
  PostgresStoreOptions,
  StoreStatus,
} from './postgres-store.js';
export { parseStoreKeys } from './store-keys.js';
export type { KeyService, StoreKey } from './store-keys.js';
export { SCHEMA_VERSION } from './schema.js';
