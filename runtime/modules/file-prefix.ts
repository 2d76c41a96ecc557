/** How compiled code names a file of the bundle that is loaded from disk, such as a native addon. */
export const FILE_PREFIX = 'stave-file:';
