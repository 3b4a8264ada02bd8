/// <reference types="node" preserve="true" />
export { openExport, sealExport } from './stores/export-envelope.js';
export { describeStore } from './stores/open-store.js';
export { findPassphrase } from './stores/seal/passphrase.js';
export type { PassphraseOptions } from './stores/seal/passphrase.js';
export type { StoreMemo } from './stores/store-memo.js';
export { findStore, moveStore } from './stores/store-move.js';
export type { MoveStoreOptions, StoreMoved } from './stores/store-move.js';
export { removeOwnFiles } from './stores/removal.js';
export type { Removal, RemovalOptions } from './stores/removal.js';
