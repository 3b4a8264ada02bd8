/** The values of `credentials_store`. */
export type StoreChoice = 'auto' | 'keyring' | 'passphrase' | 'plain' | 'memory';

export const STORE_CHOICES: readonly StoreChoice[] = ['auto', 'keyring', 'passphrase', 'plain', 'memory'];

/** The stores whose records outlive the process. */
export type FileStoreKind = Exclude<StoreChoice, 'auto' | 'memory'>;

export const FILE_STORE_KINDS: readonly FileStoreKind[] = ['keyring', 'passphrase', 'plain'];

/** The stores whose records are sealed: by what holds their key. */
export type SealedKind = Exclude<FileStoreKind, 'plain'>;
