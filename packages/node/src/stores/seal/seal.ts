import type { CredentialRecord } from '@mcpass/auth';

/** What a record's file turned out to be. */
export type RecordFile =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'record';
      readonly record: CredentialRecord;
      /** Members around the record that a newer mcpass wrote; they are written back as they were. */
      readonly frame?: Frame;
    }
  /** Nobody can read it any more. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** Somebody can read it, or it is not ours to move. */
  | { readonly kind: 'kept'; readonly reason: string };

export type Frame = Readonly<Record<string, unknown>>;

/** How a record becomes the text of a file, and the text a record. `name` is that of its key (`recordName`). */
export interface Seal {
  /** Makes sure that `close` will work. Throws `store_unreadable`. */
  ready(): Promise<void>;
  close(record: CredentialRecord, name: string, frame?: Frame): Promise<string>;
  /** Judges the text of a record's file, at once where no key has to be fetched. Throws `store_unreadable` where the key is not to be had. */
  open(text: string, name: string): RecordFile | Promise<RecordFile>;
}
