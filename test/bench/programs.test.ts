import { describe, expect, it } from 'vitest';
import { run } from '../../bench/programs.ts';

const never = new AbortController().signal;
const node = (code: string, signal = never) => run(process.execPath, ['-e', code], signal);

describe('run', () => {
  it('gives what a program prints, and its processor time', async () => {
    const busy = 'const end = process.cpuUsage().user + 50_000;'
      + 'while (process.cpuUsage().user < end); console.log("done")';
    const { stdout, seconds, cpuSeconds } = await node(busy);
    expect(stdout).toBe('done\n');
    expect(seconds).toBeGreaterThan(0);
    expect(cpuSeconds).toBeGreaterThanOrEqual(0.05);
  });

  it('says what a program said last before it failed', async () => {
    await expect(node('console.error("first"); console.error("no room"); process.exit(3)'))
      .rejects.toThrow(/it ended with 3: no room$/);
  });

  it('says that a program is not installed', async () => {
    await expect(run('serverfree-no-such-program', [], never))
      .rejects.toThrow('Cannot run serverfree-no-such-program: it is not installed');
  });

  it('ends a program when it is interrupted', async () => {
    const controller = new AbortController();
    const running = node('setInterval(() => {}, 1000)', controller.signal);
    controller.abort(new Error('Interrupted'));
    await expect(running).rejects.toThrow('Interrupted');
  });
});
