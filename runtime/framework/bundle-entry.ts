import type { Bundle, BundleState, BundleWire, ErrorCode, Manifest } from '@stave/api';
import type { Activation } from './activation.js';
import type { Revision } from './collaborators.js';
import type { ModuleInstance } from './module-instance.js';

/** A wire, bound to one revision of its provider. */
export interface WireSpec extends BundleWire {
  /** Digest of the provider's revision; empty for the system bundle. */
  readonly digest: string;
}

/** How a bundle is to be installed; plain data, part of the state. */
export interface BundleSpec {
  readonly id: number;
  readonly location: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly startLevel: number;
  /** Whether it is to be started when it is resolved. */
  readonly start: boolean;
  readonly wires: readonly WireSpec[];
  /** Why it is not resolved, not started although it is wanted, or not on the newest of what it imports; undefined when all is well. */
  readonly waits: string | undefined;
  readonly resolved: boolean;
}

/** Why the last start failed; plain, since an error could hold on to the bundle's objects. */
export interface StartProblem {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Code, place and reason in one line. */
  readonly text: string;
}

/** An installed bundle. Only the framework changes it; others see it as a Bundle. */
export class BundleEntry implements Bundle {
  spec: BundleSpec;
  revision: Revision;
  state: BundleState;
  instance: ModuleInstance | undefined;
  activation: Activation | undefined;
  failure: StartProblem | undefined;

  constructor(spec: BundleSpec, revision: Revision) {
    this.spec = spec;
    this.revision = revision;
    this.state = spec.resolved ? 'RESOLVED' : 'INSTALLED';
  }

  get id(): number {
    return this.spec.id;
  }
  get name(): string {
    return this.spec.name;
  }
  get version(): string {
    return this.spec.version;
  }
  get location(): string {
    return this.spec.location;
  }
  get digest(): string {
    return this.spec.digest;
  }
  get startLevel(): number {
    return this.spec.startLevel;
  }
  get autostart(): boolean {
    return this.spec.start;
  }
  get manifest(): Manifest {
    return this.revision.manifest;
  }
  get wires(): readonly BundleWire[] {
    return this.spec.wires;
  }
  get problem(): string | undefined {
    return this.failure?.text ?? this.spec.waits;
  }
}
