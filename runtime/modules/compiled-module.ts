import type { AbortOptions, Manifest } from '@stave/api';

/** What a compiled form is found by. All else that it depends on follows from the content. */
export interface CompiledIdentity {
  /** SHA-256 of the prepared artifact, in hex. */
  readonly digest: string;
  readonly manifest: Pick<Manifest, 'name' | 'version' | 'isBundle' | 'loading'>;
}

/** What the compiler needs of a prepared artifact. */
export interface CompileInput extends CompiledIdentity {
  /** Folder with its files. */
  readonly root: string;
  readonly manifest: Manifest;
}

export interface CompileOptions {
  /** Names in peerDependencies and devDependencies: when the source imports one, it is an import. */
  readonly peerRanges?: ReadonlyMap<string, string | { readonly optional: boolean }>;
  /** For a bundle that is a single file: every bare name that is no builtin is an import. */
  readonly everyBareNameIsImport?: boolean;
}

export type CompileCallOptions = CompileOptions & AbortOptions;

/** A package that compiled code imports from outside; system packages are among them. */
export interface ImportUse {
  readonly name: string;
  /** As the source writes them, such as `@acme/log` and `@acme/log/types`; sorted. */
  readonly specifiers: readonly string[];
  /** `file:line` of the first use, relative to the bundle. */
  readonly where: string;
  /** Whether the manifest declares it as optional, in its imports or as a peer. */
  readonly optional: boolean;
}

/** One file of the cache folder, with what is needed to see whether it is whole. */
export interface CachedFile {
  readonly size: number;
  /** Null for source maps, of which only the size is looked at: a damaged one spoils stacks and nothing else. */
  readonly crc: number | null;
}

/** Place of a transformed source, or of its map, in the pack that holds them all. */
export interface PackSlice {
  readonly start: number;
  readonly end: number;
}

/** A transformed file of a module that is loaded file by file. */
export interface TransformedFile {
  readonly code: PackSlice;
  readonly map: PackSlice;
  /** Whether it is an ES module; else CommonJS that calls `import()`. */
  readonly esm: boolean;
}

/** The compiled form of a revision in the cache. Plain data: it can be sent to a worker thread. */
export interface CompiledModule {
  readonly key: string;
  readonly digest: string;
  readonly folder: string;
  readonly kind: 'chunk' | 'files';
  readonly imports: readonly ImportUse[];
  /** Names that may be required from outside at run time; `*` for any. */
  readonly declared: readonly string[] | '*';
  /** By file name in the folder. */
  readonly files: Readonly<Record<string, CachedFile>>;
  readonly layout: ChunkLayout | FilesLayout;
}

export interface ChunkLayout {
  readonly kind: 'chunk';
  /** Keys of the chunk's table: exported specifiers, `:activator`, `:components`. */
  readonly entries: readonly string[];
}

export interface FilesLayout {
  readonly kind: 'files';
  /** Folder of each exported package, relative to the root; `''` is the root itself. */
  readonly packages: Readonly<Record<string, string>>;
  readonly activator: string | undefined;
  readonly components: string | undefined;
  readonly transformed: Readonly<Record<string, TransformedFile>>;
  /** Files that could not be transformed, with the reason; only an error when they are loaded. */
  readonly broken: Readonly<Record<string, { readonly code: string; readonly text: string }>>;
}

export const ACTIVATOR = ':activator';
export const COMPONENTS = ':components';
export const CHUNK_FILE = 'chunk.js';
export const MAP_FILE = 'chunk.js.map';
export const PACK_FILE = 'files.pack';
export const MAPS_FILE = 'maps.pack';
