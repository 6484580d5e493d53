import { describe, expect, it } from 'vitest';
import { discover } from '../../src/initiator/connect.ts';
import { PORTAL, PortalBench, TARGET } from '../target/support/portal-bench.ts';
import { readCdb, TEST_UNIT_READY, WAIT, writeCdb } from '../target/support/ram-unit.ts';
import { pattern } from '../iscsi/support/raw-initiator.ts';
import { settled } from './support/memory-network.ts';

const USER = { user: 'alice', secret: 'correct horse battery' };
const url = (lun: number): string => `${PORTAL}/${TARGET}/${lun}`;

describe('logical units over iSCSI', () => {
  it.each([[1, false], [2, true]])('are read and written, many commands at once (seed %i)',
    async (seed, digests) => {
      const bench = await PortalBench.open({}, seed);
      const unit = await bench.open(0, { digests });
      const parts = Array.from({ length: 16 }, (_, i) => pattern(64 * 512, i));
      const writes = await Promise.all(parts.map((part, i) =>
        unit.execute({ cdb: writeCdb(64 * i, 64), dataOut: part })));
      expect(writes.map(({ status }) => status)).toEqual(parts.map(() => 'good'));
      const reads = await Promise.all(parts.map((part, i) =>
        unit.execute({ cdb: readCdb(64 * i, 64), dataInBytes: part.length })));
      for (const [i, part] of parts.entries()) {
        expect(Buffer.compare(reads[i]!.dataIn, part), `part ${i}`).toBe(0);
      }
      await unit.close();
      expect(bench.portal.sessionCount).toBe(0);
    });

  it('of one target share a session, which ends with its last user', async () => {
    const bench = await PortalBench.open();
    const initiators = bench.initiators();
    const [a, b] = await Promise.all([initiators.open(url(0)), initiators.open(url(2))]);
    expect(bench.portal.sessionCount).toBe(1);
    expect(a.traffic).toBe(b.traffic);
    await a.close();
    await a.close();
    expect((await b.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    await expect(a.execute({ cdb: TEST_UNIT_READY })).rejects.toThrow('it is closed');
    await b.close();
    expect(bench.portal.sessionCount).toBe(0);
    const again = await initiators.open(url(0));
    expect(again.traffic).not.toBe(a.traffic);
    await again.close();
  });

  it('count their traffic at the socket', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    await unit.execute({ cdb: TEST_UNIT_READY });
    const before = { ...unit.traffic, sent: unit.traffic.bytesSent };
    await unit.execute({ cdb: writeCdb(0, 8), dataOut: pattern(4096) });
    await unit.execute({ cdb: readCdb(0, 2), dataInBytes: 1024 });
    expect(unit.traffic.commands - before.commands).toBe(2);
    expect(unit.traffic.dataOutBytes - before.dataOutBytes).toBe(4096);
    expect(unit.traffic.dataInBytes - before.dataInBytes).toBe(1024);
    expect(unit.traffic.bytesSent - before.sent).toBe(4096 + 48 + 48);
    expect(unit.traffic.bytesSent).toBe(bench.network.connected[0]!.bytesSent);
    await unit.close();
  });

  it('swallow unit attentions, unless their user wants to see them', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    const seen = await unit.execute({ cdb: TEST_UNIT_READY, seesUnitAttention: true });
    expect(seen.sense?.additional).toBe('powerOnOrReset');
    bench.unit(0).attentions.establish('modeParametersChanged');
    expect((await unit.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    await unit.close();
  });

  it('give status and sense data as an answer', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    const answer = await unit.execute({ cdb: Uint8Array.of(0xee, 0, 0, 0, 0, 0) });
    expect(answer.status).toBe('checkCondition');
    expect(answer.sense).toMatchObject(
      { key: 'illegalRequest', additional: 'invalidCommandOperationCode' });
    await unit.close();
  });

  it('abort a command when its signal says so', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    const controller = new AbortController();
    const waiting = unit.execute({ cdb: WAIT, signal: controller.signal });
    await settled();
    expect(bench.unit(0).waitingCount).toBe(1);
    controller.abort(new Error('not wanted any more'));
    await expect(waiting).rejects.toThrow('not wanted any more');
    expect(bench.unit(0).tasks.count).toBe(0);
    expect((await unit.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    await unit.close();
  });

  it('log in with CHAP, the secret in the URL or beside it', async () => {
    const bench = await PortalBench.open({ users: [USER] });
    const inside = `iscsi://alice%${USER.secret}@127.0.0.1:3260/${TARGET}/0`;
    const one = await bench.initiators().open(inside);
    expect(one.url).toBe(url(0));
    await one.close();
    const beside = `iscsi://alice@127.0.0.1:3260/${TARGET}/0`;
    const two = await bench.initiators({ secret: USER.secret }).open(beside);
    await two.close();
    await expect(bench.initiators().open(beside)).rejects.toThrow('the secret is missing');
  });
});

describe('mutual CHAP', () => {
  const OWN = { user: 'target', secret: 'staple of the target' };
  const plain = `iscsi://alice%${USER.secret}@127.0.0.1:3260/${TARGET}/0`;
  const given = { targetUser: OWN.user, targetSecret: OWN.secret };

  it('logs in where the target proves itself, by URL or options', async () => {
    const bench = await PortalBench.open({ users: [USER], ownCredentials: OWN });
    await (await bench.initiators().open(
      `${plain}?target_user=${OWN.user}&target_password=${OWN.secret}`)).close();
    await (await bench.initiators(given).open(plain)).close();
    const portal = `iscsi://alice%${USER.secret}@127.0.0.1:3260`;
    expect(await discover(bench, portal, given)).toHaveLength(1);
    expect(bench.log.join('\n')).not.toContain(OWN.secret);
  });

  it.each([
    ['another secret', { ...given, targetSecret: 'another secret' }, 'has not proven'],
    ['another name', { ...given, targetUser: 'other' }, 'has not proven'],
    ['half of it', { targetUser: 'target' }, 'a user with a secret for each end'],
    ['the secret of the user', { ...given, targetSecret: USER.secret }, 'have the same secret'],
  ])('fails with %s', async (_what, options, why) => {
    const bench = await PortalBench.open({ users: [USER], ownCredentials: OWN });
    await expect(bench.initiators(options).open(plain)).rejects.toThrow(why);
    await settled();
    expect(bench.portal.sessionCount).toBe(0);
  });

  it('fails where the target has nothing to prove itself by', async () => {
    const closed = await PortalBench.open({ users: [USER] });
    await expect(closed.initiators(given).open(plain)).rejects.toThrow('authentication failed');
    const open = await PortalBench.open();
    await expect(open.initiators(given).open(plain)).rejects.toThrow('authentication failed');
  });

  it('is not for a target that has the secret of a user', async () => {
    await expect(PortalBench.open({ users: [USER], ownCredentials: { ...USER, user: 't' } }))
      .rejects.toThrow('alice and t have the same secret');
  });
});

describe('errors', () => {
  it.each([
    ['a wrong secret', `iscsi://alice%wrong@127.0.0.1:3260/${TARGET}/0`,
      `Cannot log in to ${TARGET} at 127.0.0.1:3260: authentication failed (status 0201h)`],
    ['no credentials', url(0), 'authentication failed'],
    ['an unknown target', `iscsi://alice%${USER.secret}@127.0.0.1:3260/iqn.2020-01.test:x/0`,
      'the target has no such name (status 0203h)'],
    ['nobody there', `iscsi://127.0.0.1:1/${TARGET}/0`, 'connection refused'],
  ])('tell of %s', async (_what, where, message) => {
    const bench = await PortalBench.open({ users: [USER] });
    await expect(bench.initiators().open(where)).rejects.toThrow(message);
    await settled();
    expect(bench.portal.sessionCount).toBe(0);
  });

  it('tell of a connection that is lost, and a new one can be opened', async () => {
    const bench = await PortalBench.open();
    const initiators = bench.initiators();
    const unit = await initiators.open(url(0));
    const waiting = unit.execute({ cdb: WAIT });
    await settled();
    bench.network.connected[0]!.destroy(new Error('connection reset by peer'));
    await expect(waiting).rejects.toThrow(
      `Cannot use ${TARGET} at 127.0.0.1:3260: connection reset by peer`);
    await expect(unit.execute({ cdb: TEST_UNIT_READY })).rejects.toThrow('connection reset');
    const again = await initiators.open(url(0));
    expect((await again.execute({ cdb: TEST_UNIT_READY })).status).toBe('good');
    await again.close();
    await unit.close();
  });

  it('tell of a target that does not answer the login', async () => {
    const bench = await PortalBench.open();
    await bench.network.listen({ host: '127.0.0.1', port: 9 },
      () => ({ received() {}, drained() {}, closed() {} }));
    const opening = bench.initiators().open(`iscsi://127.0.0.1:9/${TARGET}/0`);
    const failed = expect(opening).rejects.toThrow('the target does not answer the login');
    await settled();
    bench.clock.advance(15_000);
    await failed;
  });

  it('leave no call of the clock behind', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    await unit.execute({ cdb: TEST_UNIT_READY });
    await unit.close();
    await settled();
    expect(bench.clock.pendingCount).toBe(0);
  });
});

it('discovers targets', async () => {
  const bench = await PortalBench.open({ users: [USER] });
  const found = await discover(bench, `iscsi://alice%${USER.secret}@127.0.0.1:3260`);
  expect(found).toEqual([{ name: TARGET, addresses: ['127.0.0.1:3260,1'] }]);
  await expect(discover(bench, PORTAL)).rejects.toThrow('authentication failed');
});
