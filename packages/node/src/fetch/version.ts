/** Version of this package; all packages of mcpass have the same. */
export const VERSION = '0.1.0';
