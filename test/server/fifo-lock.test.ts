import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/sam/deferred.ts';
import { FifoLock } from '../../src/server/fifo-lock.ts';

const { signal } = new AbortController();

describe('the lock of a medium', () => {
  it('is given in the order in which it was asked for', async () => {
    const lock = new FifoLock();
    const log: number[] = [];
    await Promise.all([1, 2, 3, 4].map((n) => lock.run(signal, async () => {
      await Promise.resolve();
      log.push(n);
    })));
    expect(log).toEqual([1, 2, 3, 4]);
  });

  it('cannot be taken by one who comes between an end and the next start', async () => {
    const lock = new FifoLock();
    const log: string[] = [];
    const first = lock.run(signal, async () => {});
    const second = lock.run(signal, () => log.push('second'));
    await first.then(() => lock.run(signal, () => log.push('late')));
    await second;
    expect(log).toEqual(['second', 'late']);
  });

  it('tells whether someone waits', async () => {
    const lock = new FifoLock();
    const end = deferred<void>();
    const first = lock.run(signal, () => end.promise);
    expect(lock.isContended).toBe(false);
    const second = lock.run(signal, () => lock.isContended);
    expect(lock.isContended).toBe(true);
    end.resolve();
    await first;
    expect(await second).toBe(false);
  });

  it('is not waited for by one who was aborted', async () => {
    const lock = new FifoLock();
    const end = deferred<void>();
    const controller = new AbortController();
    const first = lock.run(signal, () => end.promise);
    const aborted = lock.run(controller.signal, () => 'ran');
    const third = lock.run(signal, () => 'third');
    controller.abort(new Error('aborted'));
    await expect(aborted).rejects.toThrow('aborted');
    end.resolve();
    await first;
    expect(await third).toBe('third');
  });

  it('passes on when work fails', async () => {
    const lock = new FifoLock();
    await expect(lock.run(signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await lock.run(signal, () => 'next')).toBe('next');
  });
});
