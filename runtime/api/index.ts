/**
 * What a Stave bundle may see of the runtime: types, service tokens, decorators and errors. Nothing here has state of its own.
 *
 * @packageDocumentation
 */
export * from './artifacts.js';
export * from './bundle.js';
export * from './claims.js';
export * from './commands.js';
export * from './component.js';
export * from './configuration.js';
export * from './decorators.js';
export * from './deployments.js';
export * from './disposable.js';
export * from './error-codes.js';
export * from './errors.js';
export * from './features.js';
export * from './home.js';
export * from './log.js';
export * from './manifest.js';
export * from './plan.js';
export * from './resource-type.js';
export * from './services.js';
export * from './system.js';
export * from './token.js';
