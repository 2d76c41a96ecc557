/**
 * Every code that a user can meet, with its default remedy. Codes are public: they are never renamed.
 * The documentation's table is made from this one.
 */
export const ERROR_CODES = {
  // manifests and sources
  STAVE_MANIFEST_INVALID: 'correct the field in package.json',
  STAVE_MANIFEST_MISSING: 'put a package.json with a name and a version there',
  STAVE_IMPORT_UNDECLARED: 'declare it in "dependencies", or in "stave": { "imports": {…} }',
  STAVE_COMPILE_FAILED: 'correct the source at the given line',
  STAVE_TOP_LEVEL_AWAIT: 'move the await into start(context)',
  STAVE_MODULE_NOT_FOUND: 'check the specifier, and the "exports" field of its package',
  STAVE_MODULE_NOT_EXPORTED: 'import one of the subpaths that the package exports',
  STAVE_EVALUATION_FAILED: 'correct the code that throws while it is loaded',
  STAVE_EVALUATION_TIMEOUT: 'remove the endless loop, or raise evaluation.timeout in etc/stave.limits.cfg',
  // locations and artifacts
  STAVE_LOCATION_INVALID: 'use stave:, home:, file:, http(s):, npm:name@range, or a path',
  STAVE_LOCATION_NOT_FOUND: 'check the location for a typing error',
  STAVE_LOCATION_RELATIVE: 'give an absolute path, or run the command through stave client',
  STAVE_DOWNLOAD_FAILED: 'check the address and the network, then try again',
  STAVE_LIMIT_EXCEEDED: 'make it smaller, or raise the limit in etc/stave.limits.cfg',
  STAVE_ARCHIVE_INVALID: 'make the archive again, with npm pack or stave pack',
  STAVE_ARCHIVE_ESCAPE: 'make the archive again without paths or links that lead out of it',
  STAVE_INTEGRITY_MISMATCH: 'take the artifact from a source that you trust, or correct "integrity"',
  STAVE_NPM_NOT_FOUND: 'check the name and the version range',
  STAVE_NPM_FAILED: 'read what npm said; check the registry settings in .npmrc',
  STAVE_NPM_OFFLINE: 'connect to the registry, or bring the bundle with its dependencies inside: stave pack',
  STAVE_STORE_CORRUPT: 'nothing: the artifact is fetched or made again when it is needed',
  // resolving and life
  STAVE_RESOLVE_FAILED: 'install a bundle or feature that offers what is missing',
  STAVE_BUNDLE_UNKNOWN: 'see bundle:list for ids and names',
  STAVE_BUNDLE_DUPLICATE: 'remove one of the two',
  STAVE_BUNDLE_STATE: 'see bundle:diag for what it waits for',
  STAVE_START_FAILED: 'correct the activator, then install or start the bundle again',
  STAVE_START_TIMEOUT: 'let start(context) end sooner, or raise start.timeout in etc/stave.limits.cfg',
  STAVE_STOP_FAILED: 'correct stop() of the activator; what it had taken through its context is given back',
  STAVE_LOOP_BLOCKED:
    'do the work in small pieces or in a worker thread; a loop that never ends stops only with the process, by kill -9',
  STAVE_CONTEXT_INVALID: 'do not use the context of a bundle after it was stopped',
  STAVE_SERVICE_MAJOR: 'use the token of the major version that is offered',
  STAVE_SERVICE_INVALID: 'correct the registration',
  STAVE_SERVICE_GONE: 'get the service again',
  STAVE_FILTER_INVALID: 'write the filter as in (name=value), (&(a=1)(b=2)), (!(a=1))',
  STAVE_VERSION_INVALID: 'write a version as 1.2.3, a range as ^1.2.0 or [1.2,2)',
  STAVE_COMPONENT_INVALID: 'correct the declaration of the component',
  STAVE_COMPONENT_FAILED: 'correct the component; it is tried again when something it depends on changes',
  // claims, plans, transactions
  STAVE_CLAIM_INVALID: 'correct the request',
  STAVE_CLAIM_NOT_OWNED: 'release it where it is claimed',
  STAVE_CLAIM_NEEDED: 'add --force to do it all the same',
  STAVE_TX_REENTRANT: 'do such work in onDidCommit, or await it later',
  STAVE_TX_FAILED: 'nothing was changed; correct the cause and try again',
  STAVE_STATE_INVALID: 'start with an older copy of data/state.json, or with --clean',
  STAVE_STATE_NEWER: 'start this home with the newer version of stave that wrote it',
  STAVE_STORAGE: 'make room on the disk and check the permissions of data/ and etc/',
  // features and deploy
  STAVE_DESCRIPTOR_INVALID: 'correct the descriptor at the named place',
  STAVE_FEATURE_UNKNOWN: 'see feature:list, or add the repository that has it with feature:repo-add',
  STAVE_FEATURE_CYCLE: 'remove one of the dependencies',
  STAVE_REPOSITORY_UNKNOWN: 'see feature:repo-list',
  STAVE_REPOSITORY_NEEDED: 'uninstall the features first, or add --uninstall-all',
  STAVE_BOOT_LIST_INVALID: 'write names separated by commas, stages in parentheses',
  STAVE_DEPLOY_UNSUPPORTED:
    'drop a folder or archive with a package.json, a .ts or .js file, a descriptor or a .cfg',
  STAVE_PATH_ESCAPE: 'name a path inside the home, without links',
  // configuration
  STAVE_CONFIG_SYNTAX: 'correct the file at the given line',
  STAVE_CONFIG_RECURSIVE: 'break the circle of variables',
  STAVE_CONFIG_REFUSED: 'correct the value; until then the last good values stay in force',
  STAVE_CONFIG_STALE: 'read the configuration again and repeat the change',
  STAVE_CONFIG_UNKNOWN: 'see config:list',
  STAVE_CONFIG_DUPLICATE: 'keep the PID in one place only',
  STAVE_PID_INVALID:
    'use letters, digits, dots, dashes and underscores, with one ~ before a factory instance',
  // command line
  STAVE_COMMAND_UNKNOWN: 'see help',
  STAVE_COMMAND_USAGE: 'see help for the command',
  STAVE_COMMAND_SYNTAX: 'close every quote and bracket',
  STAVE_COMMAND_FAILED: 'see log:display for more',
  STAVE_ABORTED: 'nothing: it was aborted on request',
  STAVE_HOME_INVALID: 'name a folder that can be written',
  STAVE_HOME_LOCKED: 'stop the other node first, or choose another home with --home',
  STAVE_NODE_DOWN: 'start it with stave run',
  STAVE_SOCKET: 'choose a home with a shorter path, or check the permissions of its data folder',
  STAVE_UNSUPPORTED: 'use Linux or macOS',
  STAVE_INTERNAL: 'this is a bug of stave: please report it with the log',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;
