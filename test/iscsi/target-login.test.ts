import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LOGIN_EXCHANGE_COUNT_MAX, LOGIN_TIMEOUT_MS } from '../../src/iscsi/limits.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import { LOGIN_STATUS } from '../../src/wire/iscsi/login.ts';
import { IDENTITY, INITIATOR, ISID, loginPdu, TARGET, text } from './support/pdus.ts';
import { RawInitiator, type Reaction } from './support/raw-initiator.ts';

const USERS = [{ user: '0xalice', secret: 'correct horse battery' }];

const statusOf = ({ pdus }: Reaction): number => pdus[0]!.header.status;
const isClosed = ({ others }: Reaction): boolean => others.some(({ kind }) => kind === 'close');

describe('login without authentication (RFC 7143 6)', () => {
  it('goes to full feature phase in one exchange, as libiscsi does', () => {
    const { pdus, others } = new RawInitiator().login(
      [['HeaderDigest', 'None,CRC32C'], ['InitialR2T', 'No'], ['MaxRecvDataSegmentLength', '512']]);
    expect(pdus).toHaveLength(1);
    expect(pdus[0]!.header).toMatchObject({
      transit: true, continues: false, currentStage: 1, nextStage: 3, status: 0, tsih: 9,
      initiatorTaskTag: 0x1234, expCmdSn: 100 });
    expect(pdus[0]!.header.maxCmdSn).toBeGreaterThan(100);
    expect(Uint8Array.from(pdus[0]!.header.isid)).toEqual(ISID);
    expect(text(pdus[0]!)).toEqual(['TargetPortalGroupTag=1', 'HeaderDigest=None', 'InitialR2T=No',
      'MaxRecvDataSegmentLength=262144']);
    expect(others[0]).toMatchObject({ kind: 'login', loggedIn: {
      sessionType: 'normal', initiatorName: INITIATOR, tsih: 0,
      parameters: { sendSegmentBytes: 512, initialR2T: false } } });
  });

  it('goes through the security stage, as open-iscsi does', () => {
    const initiator = new RawInitiator();
    const first = initiator.login([['AuthMethod', 'CHAP,None']], { csg: 0, nsg: 1 });
    expect(first.pdus[0]!.header).toMatchObject(
      { transit: true, currentStage: 0, nextStage: 1, status: 0, tsih: 0 });
    expect(text(first.pdus[0]!)).toEqual(['TargetPortalGroupTag=1', 'AuthMethod=None']);
    const second = initiator.bytes(loginPdu([['ErrorRecoveryLevel', '0']]));
    expect(second.pdus[0]!.header).toMatchObject({ transit: true, nextStage: 3, tsih: 9 });
    expect(second.pdus[0]!.header.statSn).toBe(first.pdus[0]!.header.statSn + 1);
  });

  it('joins text that goes over several PDUs, and answers it once it is whole', () => {
    const initiator = new RawInitiator();
    const first = initiator.login([], { continues: true, transit: false });
    expect(first.pdus[0]!.header).toMatchObject({ transit: false, continues: false, status: 0 });
    expect(first.pdus[0]!.data).toHaveLength(0);
    const second = initiator.bytes(loginPdu([['MaxConnections', '99']]));
    expect(text(second.pdus[0]!)).toContain('MaxConnections=4');
    expect(second.pdus[0]!.header).toMatchObject({ transit: true, nextStage: 3 });
  });

  it('takes the offers of FreeBSD, one of which begins with a small letter', () => {
    const { pdus } = new RawInitiator().login([['iSCSIProtocolLevel', '2'],
      ['HeaderDigest', 'CRC32C'], ['InitialR2T', 'Yes'], ['DefaultTime2Wait', '0']]);
    expect(pdus[0]!.header).toMatchObject({ status: 0, transit: true });
    expect(text(pdus[0]!)).toEqual(expect.arrayContaining(
      ['iSCSIProtocolLevel=2', 'HeaderDigest=CRC32C', 'InitialR2T=Yes', 'DefaultTime2Wait=2']));
  });

  it('does not leave a stage unasked', () => {
    const { pdus } = new RawInitiator().login([], { transit: false, nsg: 0 });
    expect(pdus[0]!.header).toMatchObject({ transit: false, nextStage: 0, status: 0 });
  });

  it('spreads answers that do not fit one PDU', () => {
    const initiator = new RawInitiator();
    const pairs = Array.from({ length: 120 }, (_, i): KeyValue =>
      [`X-${String(i).padStart(60, 'k')}`, '1']);
    const first = initiator.login(pairs);
    expect(first.pdus[0]!.header).toMatchObject({ transit: false, continues: true });
    const second = initiator.bytes(loginPdu([]));
    expect(second.pdus[0]!.header).toMatchObject({ transit: true, continues: false });
    const both = [...first.pdus[0]!.data, ...second.pdus[0]!.data];
    expect(Buffer.from(both).toString().match(/=NotUnderstood\0/g)).toHaveLength(120);
  });

  it('compares names without regard to case', () => {
    const { pdus } = new RawInitiator().bytes(loginPdu([
      ['InitiatorName', INITIATOR.toUpperCase()], ['TargetName', TARGET.toUpperCase()]]));
    expect(pdus[0]!.header.status).toBe(0);
  });

  it('needs no target name for discovery', () => {
    const { pdus, others } = new RawInitiator().bytes(loginPdu(
      [['InitiatorName', INITIATOR], ['SessionType', 'Discovery']]));
    expect(text(pdus[0]!)).toEqual(['MaxRecvDataSegmentLength=262144']);
    expect(others[0]).toMatchObject({ kind: 'login', loggedIn: { sessionType: 'discovery' } });
  });
});

describe('logins that are refused', () => {
  const [name, target, type] = IDENTITY as [KeyValue, KeyValue, KeyValue];
  it.each<[string, keyof typeof LOGIN_STATUS, readonly KeyValue[]]>([
    ['no initiator name', 'missingParameter', [target, type]],
    ['an initiator name that is none', 'initiatorError', [['InitiatorName', 'me'], target]],
    ['no target name', 'missingParameter', [name, type]],
    ['another target', 'notFound', [name, ['TargetName', 'iqn.2020-01.test:other']]],
    ['another session type', 'sessionTypeNotSupported', [name, target, ['SessionType', 'Odd']]],
    ['a key twice', 'initiatorError', [...IDENTITY, ['InitialR2T', 'No'], ['InitialR2T', 'No']]],
    ['a segment length out of range', 'initiatorError',
      [...IDENTITY, ['MaxRecvDataSegmentLength', '1']]],
    ['a security key in the operational stage', 'initiatorError',
      [...IDENTITY, ['AuthMethod', 'None']]],
  ])('for %s', (_what, status, pairs) => {
    const reaction = new RawInitiator().bytes(loginPdu(pairs));
    expect(statusOf(reaction)).toBe(LOGIN_STATUS[status][0]);
    expect(reaction.pdus[0]!.header).toMatchObject({ transit: false, initiatorTaskTag: 0x1234 });
    expect(isClosed(reaction)).toBe(true);
  });

  it('for a version that is too new', () => {
    expect(statusOf(new RawInitiator().login([], { versionMin: 1 }))).toBe(0x0205);
  });

  it('for a stage that does not follow, and for T together with C', () => {
    expect(statusOf(new RawInitiator().login([], { csg: 1, nsg: 1 }))).toBe(0x0200);
    expect(statusOf(new RawInitiator().login([], { csg: 2, nsg: 3 }))).toBe(0x0200);
    expect(statusOf(new RawInitiator().login([], { continues: true }))).toBe(0x0200);
  });

  it('for another ISID, CID or stage in the middle', () => {
    for (const odd of [{ isid: new Uint8Array(6) }, { cid: 7 }, { csg: 0, nsg: 1 }, { itt: 1 }]) {
      const initiator = new RawInitiator();
      initiator.login([], { transit: false, nsg: 0 });
      expect(statusOf(initiator.bytes(loginPdu([], odd)))).toBe(0x0200);
    }
  });

  it('for text that is too long, or never ends', () => {
    const long = new RawInitiator();
    const more = { continues: true, transit: false };
    const filler: KeyValue[] = Array.from({ length: 4 }, (_, i) => [`X-${i}`, 'v'.repeat(2000)]);
    long.login(filler, more);
    long.bytes(loginPdu(filler, more));
    expect(statusOf(long.bytes(loginPdu(filler, more)))).toBe(0x0302);
    const endless = new RawInitiator();
    endless.login([], { transit: false, nsg: 0 });
    for (let i = 1; i < LOGIN_EXCHANGE_COUNT_MAX; i += 1) {
      expect(statusOf(endless.bytes(loginPdu([], { transit: false, nsg: 0 })))).toBe(0);
    }
    expect(isClosed(endless.bytes(loginPdu([], { transit: false, nsg: 0 })))).toBe(true);
  });

  it('by a close, for another PDU before the login', () => {
    const initiator = new RawInitiator();
    const reaction = initiator.nop(1, new Uint8Array(0));
    expect(reaction.pdus).toEqual([]);
    expect(isClosed(reaction)).toBe(true);
    expect(initiator.login()).toEqual({ pdus: [], others: [] });
  });

  it('by a close, when the initiator takes too long', () => {
    const initiator = new RawInitiator();
    expect(initiator.target.wakeAtMs).toBe(LOGIN_TIMEOUT_MS);
    expect(initiator.target.tick(LOGIN_TIMEOUT_MS - 1)).toEqual([]);
    expect(isClosed(initiator.reaction(initiator.target.tick(LOGIN_TIMEOUT_MS)))).toBe(true);
    expect(initiator.target.wakeAtMs).toBeUndefined();
  });

  it('by its owner', () => {
    const { target } = new RawInitiator();
    target.receive(loginPdu(IDENTITY), 0);
    const outputs = target.refuse('serviceUnavailable');
    expect(outputs.map(({ kind }) => kind)).toEqual(['send', 'close']);
    expect(target.admit(1)).toEqual([]);
  });
});

describe('login with CHAP (RFC 7143 12.1)', () => {
  const begin = (): RawInitiator => {
    const initiator = new RawInitiator({ users: USERS });
    const { pdus } = initiator.login([['AuthMethod', 'CHAP,None']], { csg: 0, nsg: 1 });
    expect(pdus[0]!.header).toMatchObject({ transit: false, status: 0 });
    expect(text(pdus[0]!)).toContain('AuthMethod=CHAP');
    return initiator;
  };
  const inSecurity = (initiator: RawInitiator, pairs: readonly KeyValue[]): Reaction =>
    initiator.bytes(loginPdu(pairs, { csg: 0, nsg: 1 }));

  const answer = (reaction: Reaction, secret: string, encoding: 'hex' | 'base64'): string => {
    const keys = new Map(text(reaction.pdus[0]!).map((line): KeyValue => {
      const [key, value] = line.split('=');
      return [key!, value!];
    }));
    const challenge = Buffer.from(keys.get('CHAP_C')!.slice(2), 'hex');
    const sum = createHash('md5').update(Uint8Array.of(Number(keys.get('CHAP_I'))))
      .update(secret).update(challenge).digest(encoding);
    return `${encoding === 'hex' ? '0x' : '0b'}${sum}`;
  };

  it.each(['hex', 'base64'] as const)('succeeds with the secret, in %s', (encoding) => {
    const initiator = begin();
    const challenge = inSecurity(initiator, [['CHAP_A', '5,6,7,8']]);
    expect(text(challenge.pdus[0]!)).toEqual(
      ['CHAP_A=5', 'CHAP_I=7', `CHAP_C=0x${'07'.repeat(16)}`]);
    expect(challenge.pdus[0]!.header.transit).toBe(false);
    const proven = inSecurity(initiator, [['CHAP_N', '0xalice'],
      ['CHAP_R', answer(challenge, USERS[0]!.secret, encoding)]]);
    expect(proven.pdus[0]!.header).toMatchObject({ transit: true, nextStage: 1, status: 0 });
    expect(initiator.bytes(loginPdu([])).pdus[0]!.header).toMatchObject({ nextStage: 3, tsih: 9 });
  });

  it.each([
    ['a wrong secret', (c: Reaction): KeyValue[] =>
      [['CHAP_N', '0xalice'], ['CHAP_R', answer(c, 'wrong', 'hex')]]],
    ['another user', (c: Reaction): KeyValue[] =>
      [['CHAP_N', 'bob'], ['CHAP_R', answer(c, USERS[0]!.secret, 'hex')]]],
    ['an unknown user without secret', (c: Reaction): KeyValue[] =>
      [['CHAP_N', 'bob'], ['CHAP_R', answer(c, '', 'hex')]]],
    ['no name', (c: Reaction): KeyValue[] => [['CHAP_R', answer(c, USERS[0]!.secret, 'hex')]]],
    ['a response of another length', (): KeyValue[] =>
      [['CHAP_N', '0xalice'], ['CHAP_R', '0x00']]],
    ['an oversized response', (): KeyValue[] =>
      [['CHAP_N', '0xalice'], ['CHAP_R', `0b${'A'.repeat(1400)}`]]],
    ['a demand that the target proves itself', (c: Reaction): KeyValue[] =>
      [['CHAP_N', '0xalice'], ['CHAP_R', answer(c, USERS[0]!.secret, 'hex')],
        ['CHAP_I', '1'], ['CHAP_C', '0x1234']]],
  ])('fails with %s', (_what, pairs) => {
    const initiator = begin();
    const challenge = inSecurity(initiator, [['CHAP_A', '5']]);
    const reaction = inSecurity(initiator, pairs(challenge));
    expect(statusOf(reaction)).toBe(0x0201);
    expect(isClosed(reaction)).toBe(true);
  });

  it.each(['', '56', '9'])('fails with CHAP_A=%s', (algorithms) => {
    expect(statusOf(inSecurity(begin(), [['CHAP_A', algorithms]]))).toBe(0x0201);
  });

  it('fails if the initiator skips the exchange in whatever way', () => {
    const fresh = (): RawInitiator => new RawInitiator({ users: USERS });
    expect(statusOf(fresh().login())).toBe(0x0201);
    expect(statusOf(fresh().login([], { csg: 0, nsg: 3 }))).toBe(0x0201);
    expect(statusOf(fresh().login([['AuthMethod', 'None']], { csg: 0, nsg: 1 }))).toBe(0x0201);
    const proof: KeyValue[] = [['CHAP_N', '0xalice'], ['CHAP_R', '0x00']];
    expect(statusOf(fresh().login(proof, { csg: 0, nsg: 1 }))).toBe(0x0201);
  });

  it('is refused by a target that has no users', () => {
    const { pdus } = new RawInitiator().login([['AuthMethod', 'CHAP']], { csg: 0, nsg: 1 });
    expect(pdus[0]!.header.status).toBe(0x0201);
  });
});
