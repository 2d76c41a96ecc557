import { expect } from 'chai';
import { ConsoleTerminal } from 'stave/console/socket/console-terminal.js';
import { poll } from '../../support/poll.js';
import { withTemporaryFolder } from '../../support/temporary.js';
import { commandOf, registryOf, showWords } from '../console-fixture.js';
import { FakeTerminal } from '../fake-terminal.js';

const PROMPT = 'stave@root()> ';

class FakeSystem {
  stops = 0;
  readonly #listeners = new Set<() => void>();

  shutdown(): void {
    this.stops += 1;
    for (const listener of this.#listeners) listener();
  }

  onWillShutdown(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

interface Console {
  readonly terminal: FakeTerminal;
  readonly system: FakeSystem;
  readonly console: ConsoleTerminal;
  readonly ended: Promise<void>;
}

async function withConsole(body: (parts: Console) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (data) => {
    const terminal = new FakeTerminal({ tty: true });
    const system = new FakeSystem();
    const commands = [
      showWords,
      commandOf('shell:logout', ({ session }) => session.close()),
      commandOf(
        'shell:wait',
        ({ signal }) => new Promise<undefined>((_, no) => signal.addEventListener('abort', no)),
      ),
      commandOf('system:shutdown', ({ session }) => {
        system.shutdown();
        session.close();
        return 'stopping';
      }),
    ];
    const console = new ConsoleTerminal({
      commands: registryOf(commands),
      home: { name: 'root', data },
      system,
      cwd: '/work',
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      stderr: terminal.stderr,
    });
    const ended = console.run();
    await terminal.see(PROMPT);
    await body({ terminal, system, console, ended });
    await ended;
    expect(system.listeners).to.equal(0);
  });
}

describe('console/socket: the console of stave run', () => {
  it('runs commands, and stops the node at Ctrl-D after the question', async () => {
    await withConsole(async ({ terminal, system, ended }) => {
      terminal.type('words a\r');
      await terminal.see('<a>');
      await terminal.see(PROMPT);
      terminal.type('\u0004');
      await terminal.see('Stop the node? (y/N) ');
      terminal.type('y\r');
      await ended;
      expect(system.stops).to.equal(1);
    });
  });

  it('stays when the question is answered with no, or not at all', async () => {
    await withConsole(async ({ terminal, system }) => {
      for (const answer of ['n\r', '\r', '\u0003', '\u0004']) {
        terminal.type('\u0004');
        await terminal.see('Stop the node? (y/N) ');
        terminal.type(answer);
        await terminal.see(PROMPT);
      }
      terminal.type('words still here\r');
      await terminal.see('<still><here>');
      await terminal.see(PROMPT);
      expect(system.stops).to.equal(0);
      terminal.type('logout\r');
      await terminal.see('Stop the node? (y/N) ');
      terminal.type('yes\r');
    });
  });

  it('asks nothing when a command has stopped the node, and shows no prompt after it', async () => {
    await withConsole(async ({ terminal, system, ended }) => {
      terminal.type('system:shutdown\r');
      await ended;
      expect(system.stops).to.equal(1);
      await terminal.see('stopping');
      expect(terminal.shown).not.to.contain(PROMPT);
    });
  });

  it('gives the terminal back when the node stops while a command runs', async () => {
    await withConsole(async ({ terminal, system, ended }) => {
      terminal.type('wait\r');
      await poll(() => terminal.shown.includes('wait'));
      system.shutdown();
      await ended;
      expect(system.stops).to.equal(1);
    });
  });

  it('prints what the node says above the line that is being typed', async () => {
    await withConsole(async ({ terminal, console }) => {
      terminal.type('words ty');
      await terminal.see('words ty');
      console.print('stave root ready');
      await terminal.see('stave root ready\n');
      await terminal.see(`${PROMPT}words ty`);
      terminal.type('ped\r');
      await terminal.see('<typed>');
      terminal.type('\u0004');
      await terminal.see('Stop the node?');
      terminal.type('y\r');
    });
  });

  it('leaves without a question when the terminal itself is gone', async () => {
    await withConsole(async ({ terminal, system, ended }) => {
      terminal.stdin.end();
      await ended;
      expect(system.stops).to.equal(1);
    });
  });
});
