// The module that "stave.components" names: the runtime looks among its exports for components.
export { ConfiguredGreeter } from './configured-greeter.js';
