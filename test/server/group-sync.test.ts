import { describe, expect, it } from 'vitest';
import { type Deferred, deferred } from '../../src/sam/deferred.ts';
import { GroupSync } from '../../src/server/group-sync.ts';

function syncs() {
  const started: Deferred<void>[] = [];
  const group = new GroupSync(() => {
    const one = deferred<void>();
    started.push(one);
    return one.promise;
  });
  return { group, started };
}

const settled = async (promise: Promise<void>): Promise<boolean> => {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
  return isSettled;
};

describe('group sync', () => {
  it('does nothing when nothing was written', async () => {
    const { group, started } = syncs();
    await group.run();
    expect(started).toHaveLength(0);
  });

  it('makes many writes durable with one sync', async () => {
    const { group, started } = syncs();
    for (let i = 0; i < 5; i += 1) group.changed();
    const all = [group.run(), group.run(), group.run()];
    started[0]!.resolve();
    await Promise.all(all);
    expect(started).toHaveLength(1);
  });

  it('does not count a sync that began before the write had ended', async () => {
    const { group, started } = syncs();
    group.changed();
    const first = group.run();
    group.changed();
    const second = group.run();
    started[0]!.resolve();
    await first;
    expect(await settled(second)).toBe(false);
    started[1]!.resolve();
    await second;
    expect(started).toHaveLength(2);
  });

  it('tells a failure to all who wait, and tries again for the next', async () => {
    const { group, started } = syncs();
    group.changed();
    const waiting = [group.run(), group.run()];
    started[0]!.reject(new Error('EIO'));
    for (const one of waiting) await expect(one).rejects.toThrow('EIO');
    const again = group.run();
    started[1]!.resolve();
    await again;
  });
});
