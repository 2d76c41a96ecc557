import {
  type ServiceEvent,
  type ServiceFactory,
  type ServiceProperties,
  type ServiceReference,
  StaveError,
  serviceToken,
} from '@stave/api';
import { expect } from 'chai';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';

interface Clock {
  readonly zone: string;
}
const Clock = serviceToken<Clock>('acme.Clock', 2);
const ClockOne = serviceToken<Clock>('acme.Clock', 1);
const Codec = serviceToken<{ readonly type: string }>('acme.Codec');

function setUp(unregisterLimit = 5000) {
  const errors: { message: string; details: unknown }[] = [];
  const warnings: string[] = [];
  const registry = new ServiceRegistry({
    log: {
      error: (message, details) => void errors.push({ message, details }),
      warn: (message) => void warnings.push(message),
    },
    unregisterLimit: () => unregisterLimit,
  });
  return {
    registry,
    errors,
    warnings,
    provider: registry.servicesFor({ id: 1, name: 'provider' }),
    user: registry.servicesFor({ id: 2, name: 'user' }),
  };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof StaveError ? error.code : String(error);
  }
  return 'nothing thrown';
}

const zones = (references: readonly ServiceReference<Clock>[]): unknown[] =>
  references.map((reference) => reference.properties.zone);

describe('framework/services: registering', () => {
  it('gives the object back under each of its tokens', () => {
    const { provider, user } = setUp();
    const both = { zone: 'utc', type: 'json' };
    provider.register([Clock, Codec], both);
    expect(user.get(Clock)).to.equal(both);
    expect(user.get(Codec)).to.equal(both);
    expect(user.references()).to.have.length(1);
  });

  it('knows a token by its key, whoever made it', () => {
    const { provider, user } = setUp();
    const clock = { zone: 'utc' };
    provider.register(Clock, clock);
    expect(user.get(serviceToken<Clock>('acme.Clock', 2))).to.equal(clock);
  });

  it('adds service.id, service.bundleid and objectClass, whatever the author says about them', () => {
    const { provider } = setUp();
    const { reference } = provider.register([Clock, Codec], { zone: 'utc', type: 'x' }, {
      'Service.ID': 99,
      objectclass: 'mine',
      zone: 'utc',
    } as ServiceProperties);
    expect(reference.properties).to.deep.equal({
      zone: 'utc',
      'service.id': reference.id,
      'service.bundleid': 1,
      objectClass: ['acme.Clock@2', 'acme.Codec@1'],
    });
    expect(reference).to.include({ bundleId: 1, bundleName: 'provider', ranking: 0 });
  });

  it('refuses property names that differ only in case, at registration and later', () => {
    const { provider, user } = setUp();
    const clash = { Zone: 'a', zone: 'b' };
    expect(codeOf(() => provider.register(Clock, { zone: 'a' }, clash))).to.equal('STAVE_SERVICE_INVALID');
    expect(user.references(Clock)).to.deep.equal([]);
    const registration = provider.register(Clock, { zone: 'a' }, { zone: 'a' });
    expect(codeOf(() => registration.setProperties(clash))).to.equal('STAVE_SERVICE_INVALID');
    expect(zones(user.references(Clock))).to.deep.equal(['a']);
  });

  it('refuses a registration without token or without object', () => {
    const { provider } = setUp();
    expect(codeOf(() => provider.register([], {}))).to.equal('STAVE_SERVICE_INVALID');
    expect(codeOf(() => provider.register(Clock, undefined as unknown as Clock))).to.equal(
      'STAVE_SERVICE_INVALID',
    );
  });

  it('lets nobody change the properties that it shows', () => {
    const { provider } = setUp();
    const { reference } = provider.register(Clock, { zone: 'a' }, { zone: 'a' });
    expect(() => {
      (reference.properties as Record<string, unknown>).zone = 'b';
    }).to.throw(TypeError);
  });
});

describe('framework/services: order', () => {
  it('prefers the higher ranking, then the lower bundle id, then the earlier registration', () => {
    const { registry, provider, user } = setUp();
    const first = registry.servicesFor({ id: 0, name: 'system' });
    provider.register(Clock, { zone: 'c' }, { zone: 'c' });
    provider.register(Clock, { zone: 'd' }, { zone: 'd' });
    first.register(Clock, { zone: 'b' }, { zone: 'b' });
    provider.register(Clock, { zone: 'a' }, { zone: 'a', 'Service.Ranking': 1 });
    expect(zones(user.references(Clock))).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(user.all(Clock).map((clock) => clock.zone)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(user.get(Clock)?.zone).to.equal('a');
    expect(user.reference(Clock)?.ranking).to.equal(1);
  });

  it('counts a ranking that is no integer as 0', () => {
    const { provider } = setUp();
    for (const ranking of ['7', 1.5, Number.NaN, null]) {
      const { reference } = provider.register(Clock, { zone: 'x' }, { 'service.ranking': ranking });
      expect(reference.ranking).to.equal(0);
    }
  });

  it('follows a ranking that changes', () => {
    const { provider, user } = setUp();
    provider.register(Clock, { zone: 'a' }, { zone: 'a' });
    const other = provider.register(Clock, { zone: 'b' }, { zone: 'b' });
    other.setProperties({ zone: 'b', 'service.ranking': 5 });
    expect(zones(user.references(Clock))).to.deep.equal(['b', 'a']);
    other.setProperties({ zone: 'b', 'service.ranking': -5 });
    expect(zones(user.references(Clock))).to.deep.equal(['a', 'b']);
  });
});

describe('framework/services: filters', () => {
  it('finds what matches, also after services came, changed and went', async () => {
    const { provider, user } = setUp();
    const query = { filter: '(zone=utc)' };
    expect(user.get(Clock, query)).to.equal(undefined);
    const one = provider.register(Clock, { zone: 'utc' }, { zone: 'utc', n: 1 });
    const two = provider.register(Clock, { zone: 'cet' }, { zone: 'cet', n: 2 });
    expect(user.references(Clock, query).map((r) => r.properties.n)).to.deep.equal([1]);
    two.setProperties({ Zone: 'utc', n: 2, 'service.ranking': 1 });
    expect(user.references(Clock, query).map((r) => r.properties.n)).to.deep.equal([2, 1]);
    one.setProperties({ zone: 'cet', n: 1 });
    expect(user.references(Clock, query).map((r) => r.properties.n)).to.deep.equal([2]);
    await two.unregister();
    expect(user.references(Clock, query)).to.deep.equal([]);
  });

  it('searches all services when no token is named', () => {
    const { provider, user } = setUp();
    provider.register(Clock, { zone: 'utc' }, { kind: 'x' });
    provider.register(Codec, { type: 'json' }, { kind: 'x', 'service.ranking': 1 });
    provider.register(Codec, { type: 'yaml' }, { kind: 'y' });
    const found = user.references(undefined, { filter: '(kind=x)' });
    expect(found.map((reference) => reference.tokens[0]?.key)).to.deep.equal([
      'acme.Codec@1',
      'acme.Clock@2',
    ]);
  });

  it('refuses a filter that cannot be read, also when there is no service', () => {
    const { provider, user } = setUp();
    expect(codeOf(() => user.get(Clock, { filter: '(zone' }))).to.equal('STAVE_FILTER_INVALID');
    provider.register(Clock, { zone: 'utc' });
    expect(codeOf(() => user.all(Clock, { filter: '(zone' }))).to.equal('STAVE_FILTER_INVALID');
    expect(codeOf(() => user.track(Clock, {}, { filter: '(zone' }))).to.equal('STAVE_FILTER_INVALID');
  });

  it('stays right with more filters than it remembers', () => {
    const { provider, user } = setUp();
    for (let n = 0; n < 300; n += 1) provider.register(Clock, { zone: String(n) }, { n });
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 300; n += 1) {
        expect(user.all(Clock, { filter: `(n=${n})` }).map((clock) => clock.zone)).to.deep.equal([String(n)]);
      }
    }
  });
});

describe('framework/services: major versions', () => {
  it('names the major that is offered when only another one is', () => {
    const { provider, user } = setUp();
    expect(user.get(Clock)).to.equal(undefined);
    provider.register(ClockOne, { zone: 'utc' });
    expect(() => user.get(Clock)).to.throw(StaveError, /acme\.Clock@2 is not offered, only acme\.Clock@1/);
    expect(codeOf(() => user.reference(Clock))).to.equal('STAVE_SERVICE_MAJOR');
    expect(user.all(Clock)).to.deep.equal([]);
  });

  it('says nothing of majors when the right one is there but does not match the filter', () => {
    const { provider, user } = setUp();
    provider.register(ClockOne, { zone: 'utc' });
    provider.register(Clock, { zone: 'utc' });
    expect(user.get(Clock, { filter: '(zone=cet)' })).to.equal(undefined);
  });

  it('forgets a major with its last service', async () => {
    const { provider, user } = setUp();
    await provider.register(ClockOne, { zone: 'utc' }).unregister();
    expect(user.get(Clock)).to.equal(undefined);
  });
});

describe('framework/services: unregistering', () => {
  it('takes the service out of all lookups before anybody is told', () => {
    const { provider, user } = setUp();
    const registration = provider.register(Clock, { zone: 'utc' });
    const seen: unknown[] = [];
    user.onDidChange((event) => seen.push(event.type, user.get(Clock), user.resolve(event.reference)));
    void registration.unregister();
    expect(seen).to.deep.equal(['unregistering', undefined, undefined]);
  });

  it('resolves when all that users asked to wait for is done', async () => {
    const { provider, user } = setUp();
    let finish = (): void => undefined;
    user.onDidChange((event) => {
      if (event.type === 'unregistering') event.waitUntil(new Promise((resolve) => (finish = resolve)));
    });
    let done = false;
    const registration = provider.register(Clock, { zone: 'utc' });
    const gone = registration.unregister().then(() => (done = true));
    await new Promise(setImmediate);
    expect(done).to.equal(false);
    finish();
    await gone;
    await registration.unregister();
  });

  it('does not wait for ever, and says so', async () => {
    const { provider, user, warnings } = setUp(5);
    user.onDidChange((event) => {
      if (event.type === 'unregistering') event.waitUntil(new Promise(() => undefined));
    });
    await provider.register(Clock, { zone: 'utc' }).unregister();
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('acme.Clock@2 of provider');
  });

  it('logs a user that fails to let go', async () => {
    const { provider, user, errors } = setUp();
    user.onDidChange((event) => {
      if (event.type === 'unregistering') event.waitUntil(Promise.reject(new Error('stuck')));
    });
    await provider.register(Clock, { zone: 'utc' }).unregister();
    expect(errors.map(({ message }) => message)).to.deep.equal([
      'a user of service acme.Clock@2 of provider failed to let go of it',
    ]);
  });

  it('refuses to set properties afterwards', async () => {
    const { provider } = setUp();
    const registration = provider.register(Clock, { zone: 'utc' });
    await registration.unregister();
    expect(codeOf(() => registration.setProperties({}))).to.equal('STAVE_SERVICE_GONE');
  });
});

describe('framework/services: events', () => {
  it('tells of each change at once, with the properties as they were', async () => {
    const { provider, user } = setUp();
    const events: unknown[] = [];
    user.onDidChange((event) =>
      events.push([event.type, 'previous' in event ? event.previous.zone : undefined]),
    );
    const registration = provider.register(Clock, { zone: 'a' }, { zone: 'a' });
    registration.setProperties({ zone: 'b' });
    void registration.unregister();
    expect(events).to.deep.equal([
      ['registered', undefined],
      ['modified', 'a'],
      ['unregistering', undefined],
    ]);
  });

  it('logs a listener that throws, and tells the others', () => {
    const { provider, user, errors } = setUp();
    user.onDidChange(() => {
      throw new Error('bad listener');
    });
    const told: ServiceEvent['type'][] = [];
    user.onDidChange((event) => told.push(event.type));
    provider.register(Clock, { zone: 'a' });
    expect(told).to.deep.equal(['registered']);
    expect(errors.map(({ message }) => message)).to.deep.equal(['a listener to services of user failed']);
  });
});

describe('framework/services: factories', () => {
  function countingFactory() {
    const calls: string[] = [];
    const factory: ServiceFactory<Clock> = {
      getService: (bundle) => {
        calls.push(`get ${bundle.name}`);
        return { zone: bundle.name };
      },
      ungetService: (bundle, clock) => void calls.push(`unget ${bundle.name} ${clock.zone}`),
    };
    return { calls, factory };
  }

  it('makes one object for each bundle, at its first use', () => {
    const { provider, user, registry } = setUp();
    const { calls, factory } = countingFactory();
    provider.register(Clock, () => factory);
    expect(calls).to.deep.equal([]);
    const mine = user.get(Clock);
    expect(mine?.zone).to.equal('user');
    expect(user.all(Clock)).to.deep.equal([mine]);
    expect(registry.servicesFor({ id: 3, name: 'third' }).get(Clock)?.zone).to.equal('third');
    expect(calls).to.deep.equal(['get user', 'get third']);
  });

  it('takes an object back when its user closes, and all when the service goes', async () => {
    const { provider, user, registry } = setUp();
    const { calls, factory } = countingFactory();
    const registration = provider.register(Clock, () => factory);
    user.get(Clock);
    registry.servicesFor({ id: 3, name: 'third' }).get(Clock);
    await user.close();
    expect(calls.slice(2)).to.deep.equal(['unget user user']);
    await registration.unregister();
    expect(calls.slice(3)).to.deep.equal(['unget third third']);
  });

  it('passes over a factory that fails, and logs it', () => {
    const { provider, user, errors } = setUp();
    provider.register(
      Clock,
      () => ({
        getService: () => {
          throw new Error('no clock today');
        },
      }),
      { 'service.ranking': 9 },
    );
    provider.register(Clock, { zone: 'plain' });
    expect(user.get(Clock)?.zone).to.equal('plain');
    expect(user.all(Clock)).to.have.length(1);
    expect(errors[0]?.message).to.contain('the factory failed for user');
  });

  it('survives a factory that asks for its own service', () => {
    const { provider, user, errors } = setUp();
    provider.register(Clock, () => ({
      getService: () => {
        expect(user.get(Clock)).to.equal(undefined);
        return { zone: 'made' };
      },
    }));
    expect(user.get(Clock)?.zone).to.equal('made');
    expect(errors[0]?.message).to.contain('asks for its own service');
  });

  it('refuses a function that returns no factory', () => {
    const { provider } = setUp();
    const wrong = (() => ({ zone: 'x' })) as unknown as () => ServiceFactory<Clock>;
    expect(codeOf(() => provider.register(Clock, wrong))).to.equal('STAVE_SERVICE_INVALID');
  });
});

describe('framework/services: trackers', () => {
  it('tells what is there, what comes, changes and goes, as far as it matches', async () => {
    const { provider, user } = setUp();
    const told: string[] = [];
    const one = provider.register(Clock, { zone: 'a' }, { on: 'yes' });
    user.track(
      Clock,
      {
        added: (clock) => void told.push(`added ${clock.zone}`),
        modified: (clock) => void told.push(`modified ${clock.zone}`),
        removed: (clock) => void told.push(`removed ${clock.zone}`),
      },
      { filter: '(on=yes)' },
    );
    const two = provider.register(Clock, { zone: 'b' }, { on: 'no' });
    two.setProperties({ on: 'yes' });
    two.setProperties({ on: 'yes', more: 1 });
    two.setProperties({ on: 'no' });
    void one.unregister();
    void two.unregister();
    expect(told).to.deep.equal(['added a', 'added b', 'modified b', 'removed b', 'removed a']);
  });

  it('removes what is left when it is closed, last first, and hears no more', () => {
    const { provider, user } = setUp();
    const told: string[] = [];
    for (const zone of ['a', 'b']) provider.register(Clock, { zone });
    const tracking = user.track(Clock, { removed: (clock) => void told.push(clock.zone) });
    tracking.dispose();
    tracking.dispose();
    provider.register(Clock, { zone: 'c' });
    expect(told).to.deep.equal(['b', 'a']);
  });

  it('stays in step when one tracker unregisters what another has not yet been told of', () => {
    const { provider, user, registry } = setUp();
    const told: string[] = [];
    const registration = provider.register(Codec, { type: 'json' });
    user.track(Codec, {
      added: () => void told.push('added'),
      removed: () => void told.push('removed'),
    });
    registry.listen(Codec.key, (event) => {
      if (event.type === 'modified') void registration.unregister();
    });
    user.track(Codec, {
      added: () => void told.push('second added'),
      modified: () => void told.push('second modified'),
      removed: () => void told.push('second removed'),
    });
    registration.setProperties({ n: 1 });
    expect(told).to.deep.equal(['added', 'second added', 'removed', 'second removed']);
  });

  it('logs a tracker that throws, and goes on', () => {
    const { provider, user, errors } = setUp();
    const told: string[] = [];
    user.track(Clock, {
      added: (clock) => {
        told.push(clock.zone);
        throw new Error('bad tracker');
      },
    });
    for (const zone of ['a', 'b']) provider.register(Clock, { zone });
    expect(told).to.deep.equal(['a', 'b']);
    expect(errors).to.have.length(2);
  });
});

describe('framework/services: whenAvailable', () => {
  it('resolves with a service that is there, or comes, or begins to match', async () => {
    const { provider, user } = setUp();
    const coming = user.whenAvailable(Clock, { filter: '(on=yes)' });
    const registration = provider.register(Clock, { zone: 'a' }, { on: 'no' });
    registration.setProperties({ on: 'yes' });
    expect((await coming).zone).to.equal('a');
    expect((await user.whenAvailable(Clock)).zone).to.equal('a');
  });

  it('rejects with the reason of the signal, and when the bundle stops', async () => {
    const { user } = setUp();
    const controller = new AbortController();
    const aborted = user.whenAvailable(Clock, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await aborted.catch((error: unknown) => error)).to.equal(reason);
    const left = user.whenAvailable(Clock).catch((error: unknown) => error);
    await user.close();
    expect(await left).to.have.property('code', 'STAVE_CONTEXT_INVALID');
  });
});

describe('framework/services: closing', () => {
  it('undoes all that the bundle did, last first', async () => {
    const { provider, user } = setUp();
    const told: string[] = [];
    user.onDidChange((event) => told.push(`${event.type} ${event.reference.properties.zone}`));
    provider.register(Clock, { zone: 'a' }, { zone: 'a' });
    provider.register(Clock, { zone: 'b' }, { zone: 'b' });
    told.length = 0;
    await provider.close();
    expect(told).to.deep.equal(['unregistering b', 'unregistering a']);
    expect(user.references()).to.deep.equal([]);
  });

  it('refuses every later call', async () => {
    const { provider } = setUp();
    provider.dispose();
    await provider.close();
    for (const call of [
      () => provider.register(Clock, { zone: 'late' }),
      () => provider.get(Clock),
      () => provider.all(Clock),
      () => provider.reference(Clock),
      () => provider.references(Clock),
      () => provider.track(Clock, {}),
      () => provider.onDidChange(() => undefined),
    ]) {
      expect(codeOf(call)).to.equal('STAVE_CONTEXT_INVALID');
    }
    const error = await provider.whenAvailable(Clock).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'STAVE_CONTEXT_INVALID');
  });

  it('refuses a registration made while it closes', async () => {
    const { provider, user } = setUp();
    let late = '';
    user.onDidChange((event) => {
      if (event.type === 'unregistering') late = codeOf(() => provider.register(Clock, { zone: 'late' }));
    });
    provider.register(Clock, { zone: 'a' });
    await provider.close();
    expect(late).to.equal('STAVE_CONTEXT_INVALID');
  });

  it('waits for the users of its services', async () => {
    const { provider, user } = setUp();
    let finish = (): void => undefined;
    user.onDidChange((event) => {
      if (event.type === 'unregistering') event.waitUntil(new Promise((resolve) => (finish = resolve)));
    });
    provider.register(Clock, { zone: 'a' });
    let closed = false;
    const closing = provider.close().then(() => (closed = true));
    await new Promise(setImmediate);
    expect(closed).to.equal(false);
    finish();
    await closing;
  });

  it('unregisters what the registry holds for the bundle although the context does not know of it', async () => {
    const { registry, user } = setUp();
    const owner = { id: 7, name: 'cut short' };
    const services = registry.servicesFor(owner);
    registry.register(owner, Clock, { zone: 'left' });
    await services.close();
    expect(user.references()).to.deep.equal([]);
  });

  it('hands its undo steps to a context that keeps one order for all kinds', async () => {
    const { registry, user } = setUp();
    const undos: (() => void | Promise<void>)[] = [];
    const services = registry.servicesFor(
      { id: 7, name: 'x' },
      {
        taken: (undo) => {
          undos.push(undo);
          return { dispose: () => void undos.splice(undos.indexOf(undo), 1) };
        },
      },
    );
    const registration = services.register(Clock, { zone: 'a' });
    services.track(Clock, {});
    expect(undos).to.have.length(2);
    await registration.unregister();
    expect(undos).to.have.length(1);
    services.register(Clock, { zone: 'b' });
    await undos.pop()?.();
    expect(user.references()).to.deep.equal([]);
  });

  it('leaves no listener behind', async () => {
    const { provider, user } = setUp();
    const told: string[] = [];
    user.track(Clock, { added: () => void told.push('tracker') });
    user.onDidChange(() => told.push('listener'));
    await user.close();
    provider.register(Clock, { zone: 'a' });
    expect(told).to.deep.equal([]);
  });
});
