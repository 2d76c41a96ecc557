import { Greeter } from '@acme/greeter-api';
import { type BundleActivator, Command, StaveError } from '@stave/api';

/**
 * An activator is called when the bundle starts. It needs no `stop` here: what it registers through the context is taken
 * back by the runtime. Most bundles are shorter with components; an activator suits one that decides at run time what to offer.
 */
const activator: BundleActivator = {
  start(context) {
    context.services.register(Command, {
      scope: 'greeter',
      name: 'greet',
      description: 'Greets somebody',
      arguments: [{ name: 'name', description: 'whom to greet', optional: true }],
      execute(invocation) {
        // Looked up at each call, so that it is always the best greeter of this moment.
        const greeter = context.services.get(Greeter);
        if (!greeter) {
          throw new StaveError('STAVE_COMMAND_FAILED', 'nobody is here to greet', {
            remedy: 'install a greeter: feature:install greeter',
          });
        }
        return greeter.greet(invocation.arguments.name?.toString());
      },
    });
  },
};

export default activator;
