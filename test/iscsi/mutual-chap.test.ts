import { describe, expect, it } from 'vitest';
import { binaryText, chapResponse } from '../../src/iscsi/chap.ts';
import { ChapClient } from '../../src/iscsi/chap-client.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import { IDENTITY, INITIATOR, loginPdu, text } from './support/pdus.ts';
import { RawInitiator, type Reaction } from './support/raw-initiator.ts';

const USERS = [{ user: 'alice', secret: 'correct horse battery' }];
const OWN = { user: 'target', secret: 'staple of the target' };
const CHALLENGE = Uint8Array.from({ length: 20 }, (_, i) => i);

const statusOf = ({ pdus }: Reaction): number => pdus[0]!.header.status;
const inSecurity = (initiator: RawInitiator, pairs: readonly KeyValue[]): Reaction =>
  initiator.bytes(loginPdu(pairs, { csg: 0, nsg: 1 }));

/** The target's random bytes are all 7, and so are its identifier and challenge. */
function challenged(algorithm: number, own: typeof OWN | undefined = OWN): RawInitiator {
  const initiator = new RawInitiator(
    { users: USERS, ...(own === undefined ? {} : { ownCredentials: own }) });
  inSecurity(initiator, [...IDENTITY, ['AuthMethod', 'CHAP']]);
  const { pdus } = inSecurity(initiator, [['CHAP_A', String(algorithm)]]);
  expect(text(pdus[0]!)[0]).toBe(`CHAP_A=${algorithm}`);
  return initiator;
}

const BYTES: Readonly<Record<number, number>> = { 5: 16, 6: 20, 7: 32, 8: 32 };
const proof = (algorithm: number, secret = USERS[0]!.secret): KeyValue[] => [['CHAP_N', 'alice'],
  ['CHAP_R', binaryText(
    chapResponse(algorithm, 7, secret, new Uint8Array(BYTES[algorithm]!).fill(7)))]];

describe('a target that is asked to prove itself (RFC 7143 12.1.3)', () => {
  it.each([5, 6, 7, 8])('does so with algorithm %i', (algorithm) => {
    const { pdus } = inSecurity(challenged(algorithm), [
      ...proof(algorithm), ['CHAP_I', '200'], ['CHAP_C', binaryText(CHALLENGE)]]);
    expect(pdus[0]!.header).toMatchObject({ status: 0, transit: true, nextStage: 1 });
    expect(text(pdus[0]!)).toEqual(['CHAP_N=target',
      `CHAP_R=${binaryText(chapResponse(algorithm, 200, OWN.secret, CHALLENGE))}`]);
  });

  it('lets one in that does not ask', () => {
    const { pdus } = inSecurity(challenged(5), proof(5));
    expect(pdus[0]!.header).toMatchObject({ status: 0, transit: true });
    expect(text(pdus[0]!)).toEqual([]);
  });

  it.each<[string, readonly KeyValue[]]>([
    ['its own challenge', [...proof(5), ['CHAP_I', '9'], ['CHAP_C', `0x${'07'.repeat(16)}`]]],
    ['its own challenge in base64',
      [...proof(5), ['CHAP_I', '9'],
        ['CHAP_C', `0b${Buffer.alloc(16, 7).toString('base64')}`]]],
    ['a wrong proof', [...proof(5, 'wrong'), ['CHAP_I', '9'], ['CHAP_C', '0x0102']]],
    ['no proof', [['CHAP_I', '9'], ['CHAP_C', '0x0102']]],
    ['no identifier', [...proof(5), ['CHAP_C', '0x0102']]],
    ['no challenge', [...proof(5), ['CHAP_I', '9']]],
    ['an identifier of two bytes', [...proof(5), ['CHAP_I', '256'], ['CHAP_C', '0x0102']]],
  ])('does not answer %s', (_what, pairs) => {
    const reaction = inSecurity(challenged(5), pairs);
    expect(statusOf(reaction)).toBe(0x0201);
    expect(reaction.pdus[0]!.data).toHaveLength(0);
    expect(reaction.others).toMatchObject([{ kind: 'close' }]);
  });

  it('cannot without a secret of its own', () => {
    const initiator = new RawInitiator({ users: USERS });
    inSecurity(initiator, [...IDENTITY, ['AuthMethod', 'CHAP']]);
    inSecurity(initiator, [['CHAP_A', '5']]);
    expect(statusOf(inSecurity(initiator,
      [...proof(5), ['CHAP_I', '9'], ['CHAP_C', '0x0102']]))).toBe(0x0201);
  });

  it('is not asked a second time', () => {
    const initiator = challenged(5);
    const pairs: KeyValue[] = [...proof(5), ['CHAP_I', '9'], ['CHAP_C', '0x0102']];
    const stay = (): Reaction =>
      initiator.bytes(loginPdu(pairs, { csg: 0, nsg: 0, transit: false }));
    expect(statusOf(stay())).toBe(0);
    expect(statusOf(stay())).toBe(0x0200);
  });
});

describe('discovery (RFC 7143 12.1)', () => {
  const discovery: readonly KeyValue[] =
    [['InitiatorName', INITIATOR], ['SessionType', 'Discovery']];
  it('needs CHAP where sessions do', () => {
    expect(statusOf(new RawInitiator({ users: USERS }).bytes(loginPdu(discovery)))).toBe(0x0201);
  });

  it.each([[0, 3], [1, 3]])('is open to all if the target says so (from stage %i)', (csg, nsg) => {
    const open = (): RawInitiator => new RawInitiator({ users: USERS, openDiscovery: true });
    const pairs: KeyValue[] = [...discovery, ...(csg === 0 ? [['AuthMethod', 'CHAP,None']] as const
      : [])];
    const { pdus } = open().bytes(loginPdu(pairs, { csg, nsg }));
    expect(pdus[0]!.header).toMatchObject({ status: 0, transit: true });
    expect(statusOf(open().login())).toBe(0x0201);
  });
});

describe('an initiator that wants proof of the target', () => {
  const random = (count: number): Uint8Array => new Uint8Array(count).fill(3);
  const client = (): ChapClient => new ChapClient(USERS[0]!, { credentials: OWN, random });
  const asked = (one: ChapClient): ReadonlyMap<string, string> =>
    new Map(one.next(new Map([['CHAP_A', '7'], ['CHAP_I', '1'], ['CHAP_C', '0x0102']])));
  const response = (secret: string): string =>
    binaryText(chapResponse(7, 3, secret, random(32)));

  it('offers nothing but CHAP, and refuses anything else', () => {
    expect(client().offer).toEqual([['AuthMethod', 'CHAP']]);
    expect(() => client().next(new Map([['AuthMethod', 'None']]))).toThrow("'None'");
  });

  it('sends a challenge with its own proof, and takes the right answer', () => {
    const one = client();
    const keys = asked(one);
    expect([keys.get('CHAP_I'), keys.get('CHAP_C')]).toEqual(['3', binaryText(random(32))]);
    expect(one.isSatisfied).toBe(false);
    one.next(new Map([['CHAP_N', OWN.user], ['CHAP_R', response(OWN.secret)]]));
    expect(one.isSatisfied).toBe(true);
  });

  it.each([
    ['another secret', OWN.user, response('other')],
    ['another name', 'somebody', response(OWN.secret)],
    ['our own secret', OWN.user, response(USERS[0]!.secret)],
    ['no response', OWN.user, '0x'],
  ])('refuses %s', (_what, name, value) => {
    const one = client();
    asked(one);
    expect(() => one.next(new Map([['CHAP_N', name], ['CHAP_R', value]])))
      .toThrow('has not proven');
    expect(one.isSatisfied).toBe(false);
  });

  it('refuses a target with its own secret, without telling it', () => {
    const twin = { user: 'target', secret: USERS[0]!.secret };
    expect(() => new ChapClient(USERS[0]!, { credentials: twin, random })).toThrow(
      'Cannot authenticate both ends: alice and target have the same secret');
  });
});
