/// <reference types="node" preserve="true" />
export { createClientBindings } from './stores/client-bindings.js';
export { forgetListings, LISTING_DAYS, noteListing, readListings } from './stores/listing-cache.js';
export type {
  AccountListing,
  Listed,
  ListedArgument,
  ListedItem,
  ListedKind,
  ListingsOf,
} from './stores/listing-cache.js';
export { openedStore, openStore } from './stores/open-store.js';
export type { OpenedStore, OpenStoreOptions } from './stores/open-store.js';
export type { Survey } from './stores/file-store.js';
export type { AgreeToPlain, AskPassphrase } from './stores/seal/passphrase.js';
export type { KeptFile } from './stores/store-places.js';
export type { DeletedRecord } from './stores/record-deletion.js';
export { FILE_STORE_KINDS } from './stores/store-choice.js';
export type { FileStoreKind, LocalStoreChoice, StoreChoice } from './stores/store-choice.js';
