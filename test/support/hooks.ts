import { LeakCheck } from './leak-check.js';

/** Fails a test that leaves something behind; part of every test through mocha's root hooks. */
const check = new LeakCheck();

export const mochaHooks = {
  beforeEach(): void {
    check.begin();
  },
  async afterEach(this: Mocha.Context): Promise<void> {
    const leaks = await check.end();
    if (leaks.length > 0 && this.currentTest?.state === 'passed') {
      throw new Error(`the test leaves behind:\n${leaks.map((leak) => `  ${leak}`).join('\n')}`);
    }
  },
};
