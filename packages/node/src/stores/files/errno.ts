const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EFBIG: 'no file may become that large (ulimit -f)',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  ELOOP: 'it is a symbolic link',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENOENT: 'it does not exist',
  ENXIO: 'it is a socket',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
};

/** The code of a system error (`ENOENT`), or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** A system error in words, without the path that Node puts into its messages. */
export function errnoWords(thrown: unknown): string {
  const code = errnoOf(thrown);
  if (code === undefined) return 'an unexpected error';
  return WORDS[code] ?? code;
}
