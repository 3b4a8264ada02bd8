// Put in by the build, so that `--version` opens no file.
declare const MCPASS_VERSION: string;

export const VERSION: string = MCPASS_VERSION;
