import { defineComponent, StaveError } from '@stave/api';
import { expect } from 'chai';
import { activatorOf, declaresOnlyComponents } from 'stave/framework/activation.js';

const component = defineComponent(class Greeter {});
const activator = { start: () => undefined };

describe('the activator of a module', () => {
  it('is its default export, an instance of that, or the module itself', () => {
    class Activator {
      start(): void {}
    }
    expect(activatorOf({ default: activator }, 'here')).to.equal(activator);
    expect(activatorOf({ default: Activator }, 'here')).to.be.instanceOf(Activator);
    expect(activatorOf(activator, 'here')).to.equal(activator);
  });

  it('is refused when there is none, naming the module', () => {
    for (const exports of [undefined, {}, { default: 1 }, { activator }, { default: class {} }])
      expect(() => activatorOf(exports, 'here')).to.throw(StaveError, 'here');
  });

  it('is not needed where a module declares components, and nothing that looks like an activator', () => {
    expect(declaresOnlyComponents({ Greeter: component })).to.equal(true);
    expect(declaresOnlyComponents({ default: component })).to.equal(true);
    expect(declaresOnlyComponents({ Greeter: component, default: activator })).to.equal(false);
    expect(declaresOnlyComponents({ Greeter: component, start: activator.start })).to.equal(false);
    expect(declaresOnlyComponents({ helper: () => 1 })).to.equal(false);
    expect(declaresOnlyComponents(undefined)).to.equal(false);
  });
});
