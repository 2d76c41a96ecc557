import versions from './versions.json' with { type: 'json' };

/** The runtime and its api are released together. */
export const RUNTIME_VERSION = versions['@stave/api'];
