/** What peers that are many, idle, or do not read can make a portal hold, and do to others. */
import { describe, expect, it } from 'vitest';
import {
  COMMAND_COUNT_MAX, LOGIN_COUNT_MAX, SESSION_COUNT_MAX, SESSION_READ_BYTES_MAX, STALL_TIMEOUT_MS,
} from '../../src/iscsi/limits.ts';
import { settled } from '../initiator/support/memory-network.ts';
import { Line } from './support/line.ts';
import { PortalBench } from './support/portal-bench.ts';
import { readCdb, TEST_UNIT_READY } from './support/ram-unit.ts';

const READ_BLOCKS = 8_192;

describe('an initiator that does not read', () => {
  /** Asks for all that its window allows, 4 MiB each time, and reads nothing. */
  async function greedy(bench: PortalBench): Promise<Line> {
    const line = await Line.login(bench, 'iqn.2020-01.test:greedy');
    await line.command(0, TEST_UNIT_READY);
    line.stream.pause();
    for (let i = 1; i < COMMAND_COUNT_MAX; i += 1) {
      await line.command(i, readCdb(0, READ_BLOCKS), { bytes: READ_BLOCKS * 512 });
    }
    return line;
  }

  it('makes the target hold no more than a connection may', async () => {
    const bench = await PortalBench.open();
    await greedy(bench);
    const held = bench.network.connected[0]!.waitingBytes;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(SESSION_READ_BYTES_MAX);
  });

  it('holds nobody else up, and is given up in the end', async () => {
    const bench = await PortalBench.open();
    const line = await greedy(bench);
    const other = await bench.open(0);
    expect((await other.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    bench.clock.advance(STALL_TIMEOUT_MS - 1);
    await settled();
    expect(bench.portal.sessionCount).toBe(2);
    bench.clock.advance(1);
    await settled();
    expect(bench.log).toContain(
      'the session of iqn.2020-01.test:greedy has ended: the initiator does not read');
    bench.clock.advance(STALL_TIMEOUT_MS);
    await settled();
    expect(line.isClosed).toBe(true);
    await other.close();
    expect(bench.portal.sessionCount).toBe(0);
  });
});

describe('a flood of connections that do not log in', () => {
  it('pushes itself out, while sessions go on and new ones begin', async () => {
    const bench = await PortalBench.open();
    const before = await bench.open(0);
    const idle = [];
    for (let i = 0; i < 3 * LOGIN_COUNT_MAX; i += 1) idle.push(await Line.open(bench));
    await settled();
    expect(idle.filter(({ isClosed }) => !isClosed)).toHaveLength(LOGIN_COUNT_MAX);
    const after = await bench.open(2);
    for (const unit of [before, after]) {
      expect((await unit.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    }
    await Promise.all([before.close(), after.close()]);
  });
});

describe('hundreds of sessions', () => {
  it('are served side by side; one more is told that there is no room', async () => {
    const bench = await PortalBench.open();
    const lines: Line[] = [];
    for (let i = 0; i < SESSION_COUNT_MAX; i += 1) {
      lines.push(await Line.login(bench, `iqn.2020-01.test:host-${i}`, {}, [], 30));
    }
    expect(bench.portal.sessionCount).toBe(SESSION_COUNT_MAX);
    const late = await Line.login(bench, 'iqn.2020-01.test:late');
    expect(late.loginAnswer!.header.status).toBe(0x0302);
    for (const line of lines) {
      expect(line.loginAnswer!.header.status).toBe(0);
      // Each nexus has its own unit attention.
      line.post(1, TEST_UNIT_READY);
      line.post(2, TEST_UNIT_READY);
    }
    await settled();
    for (const line of lines) {
      expect(line.taken().map(({ header }) => header.status)).toEqual([2, 0]);
    }
    expect(bench.bugs).toEqual([]);
  });
});
