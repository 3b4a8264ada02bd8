/** The values of `credentials_store`. */
export type StoreChoice = 'auto' | 'keyring' | 'passphrase' | 'plain' | 'memory';

export const STORE_CHOICES: readonly StoreChoice[] = ['auto', 'keyring', 'passphrase', 'plain', 'memory'];
