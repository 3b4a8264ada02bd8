/** The values of `credentials_store`. */
export type StoreChoice = LocalStoreChoice | 'postgres';

/** Those of one machine. */
export type LocalStoreChoice = 'auto' | 'keyring' | 'passphrase' | 'plain' | 'memory';

export const STORE_CHOICES: readonly StoreChoice[] = [
  'auto',
  'keyring',
  'passphrase',
  'plain',
  'memory',
  'postgres',
];

/** The stores whose records are files. */
export type FileStoreKind = Exclude<LocalStoreChoice, 'auto' | 'memory'>;

export const FILE_STORE_KINDS: readonly FileStoreKind[] = ['keyring', 'passphrase', 'plain'];

/** The stores whose records are sealed: by what holds their key. */
export type SealedKind = Exclude<FileStoreKind, 'plain'>;
