import { describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { InitiatorConnection } from '../../src/iscsi/initiator-connection.ts';
import type { InitiatorRules } from '../../src/iscsi/initiator-login.ts';
import type { InitiatorOutput } from '../../src/iscsi/initiator-output.ts';
import { SendMemory } from '../../src/iscsi/send-memory.ts';
import { TargetConnection } from '../../src/iscsi/target-connection.ts';
import type { LoginRules } from '../../src/iscsi/target-login.ts';
import type { TargetOutput } from '../../src/iscsi/target-output.ts';
import { SILENCE_MS } from '../../src/iscsi/keep-alive.ts';
import { encodeSense } from '../../src/sense/sense.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { INITIATOR, ISID, TARGET } from './support/pdus.ts';
import { pattern } from './support/raw-initiator.ts';

const OUT_OF_RANGE = encodeSense({ key: 'illegalRequest', additional: 'lbaOutOfRange' });

type Settled = Exclude<InitiatorOutput, { kind: 'send' }>;

/**
 * Both ends, joined by two streams that cut and delay bytes as a seed says. The target's owner
 * stores what is written and gives it back to reads, in whatever order the seed says.
 */
class Pair {
  readonly initiator: InitiatorConnection;
  readonly target: TargetConnection;
  readonly settled: Settled[] = [];
  readonly closed: string[] = [];
  nowMs = 0;
  readonly #random: () => number;
  #toTarget: Uint8Array = new Uint8Array(0);
  #toInitiator: Uint8Array = new Uint8Array(0);
  readonly #running: Extract<TargetOutput, { kind: 'run' }>[] = [];
  readonly #stored = new Map<number, Uint8Array>();

  constructor(seed: number, initiator: Partial<InitiatorRules>, target: Partial<LoginRules> = {}) {
    this.#random = seeded(seed);
    this.target = new TargetConnection({
      targetName: TARGET, portalGroupTag: 1, users: [], addresses: ['192.0.2.1:3260'],
      random: (count) => Uint8Array.from({ length: count }, () => this.#random() * 256),
      memory: new SendMemory(),
      ...target,
    }, 0);
    this.initiator = new InitiatorConnection({
      initiatorName: INITIATOR, isid: ISID, sessionType: 'normal', targetName: TARGET,
      ...initiator,
    }, 0);
    this.fromInitiator(this.initiator.start());
  }

  fromInitiator(outputs: readonly InitiatorOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'send') this.#toTarget = concat([this.#toTarget, ...output.parts]);
      else this.settled.push(output);
    }
  }

  fromTarget(outputs: readonly TargetOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'send': this.#toInitiator = concat([this.#toInitiator, ...output.parts]); break;
        case 'login': this.fromTarget(this.target.admit(1)); break;
        case 'run': this.#running.push(output); break;
        case 'manage': this.fromTarget(this.target.managed(output.request.tag,
          this.#abort(output.request.referencedTag) ? 0 : 1)); break;
        case 'logout': this.fromTarget(this.target.loggedOut()); break;
        case 'close': this.closed.push(output.reason); break;
      }
    }
  }

  #abort(tag: number): boolean {
    const at = this.#running.findIndex((run) => run.tag === tag);
    if (at < 0) return false;
    this.#running.splice(at, 1);
    this.fromTarget(this.target.complete(tag, undefined));
    return true;
  }

  /** Moves some bytes one way, or completes a command. Returns false if nothing was left to do. */
  step(completes = true): boolean {
    const cut = (bytes: Uint8Array): number => Math.min(bytes.length,
      pick(this.#random, [1, 7, 48, 500, 10_000, 100_000]) + between(this.#random, 0, 3));
    const todo = [
      ...(this.#toTarget.length > 0 ? ['out'] : []),
      ...(this.#toInitiator.length > 0 ? ['in'] : []),
      ...(completes && this.#running.length > 0 ? ['run'] : []),
    ];
    if (todo.length === 0) return false;
    const what = pick(this.#random, todo);
    if (what === 'out') {
      const count = cut(this.#toTarget);
      const bytes = this.#toTarget.slice(0, count);
      this.#toTarget = this.#toTarget.subarray(count);
      this.fromTarget(this.target.receive(bytes, this.nowMs));
    } else if (what === 'in') {
      const count = cut(this.#toInitiator);
      const bytes = this.#toInitiator.slice(0, count);
      this.#toInitiator = this.#toInitiator.subarray(count);
      this.fromInitiator(this.initiator.receive(bytes, this.nowMs));
    } else this.#complete();
    return true;
  }

  #complete(): void {
    const [run] = this.#running.splice(between(this.#random, 0, this.#running.length - 1), 1);
    const { command, tag } = run!;
    const key = command.cdb[1]!;
    if (command.expectedOutBytes > 0) this.#stored.set(key, concat(command.dataOut));
    const fails = command.cdb[0] === 0xff;
    const stored = command.expectedInBytes > 0 ? this.#stored.get(key) : undefined;
    this.fromTarget(this.target.complete(tag, {
      status: fails ? 'checkCondition' : 'good',
      sense: fails ? OUT_OF_RANGE : undefined,
      dataIn: stored === undefined ? [] : [stored.subarray(0, 777), stored.subarray(777)],
      wantedBytes: stored?.length ?? command.expectedOutBytes,
    }));
  }

  /** Until nothing is left to do. */
  settle(completes = true): void {
    while (this.step(completes)) {/* as often as there is something to do */}
  }

  execute(cdb: Uint8Array, dataOut: Uint8Array = new Uint8Array(0), dataInBytes = 0): number {
    const tag = this.initiator.execute({ lun: 0, cdb, dataOut, dataInBytes });
    this.fromInitiator(this.initiator.takeOutputs());
    if (tag === undefined) throw new Error('the command was not taken');
    return tag;
  }

  answerTo(tag: number): Extract<Settled, { kind: 'answered' }>['answer'] {
    const found = this.settled.find((one) => one.kind === 'answered' && one.tag === tag);
    if (found?.kind !== 'answered') throw new Error(`command ${tag} was not answered`);
    return found.answer;
  }
}

const USER = { user: 'alice', secret: 'correct horse battery' };
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('initiator and target', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('move data both ways whatever the stream does (seed %i)',
    (seed) => {
      const random = seeded(seed);
      const pair = new Pair(seed, { digests: seed % 2 === 0,
        ...(seed % 3 === 0 ? { credentials: USER } : {}) },
      { users: seed % 3 === 0 ? [USER] : [] });
      pair.settle();
      expect(pair.settled).toEqual([{ kind: 'loggedIn' }]);
      const blobs = Array.from({ length: 16 }, (_, i) =>
        pattern(between(random, 1, pick(random, [3, 8_192, 300_000, 1_200_000])), i));
      const writes = blobs.map((blob, i) => pair.execute(Uint8Array.of(0x2a, i), blob));
      pair.settle();
      const reads = blobs.map((blob, i) =>
        pair.execute(Uint8Array.of(0x28, i), undefined, blob.length + (i % 3)));
      pair.settle();
      for (const [i, blob] of blobs.entries()) {
        expect(pair.answerTo(writes[i]!).status, `write ${i}`).toBe(0);
        expect(same(concat(pair.answerTo(reads[i]!).dataIn), blob), `read ${i}`).toBe(true);
      }
    });

  it('answer more commands than the window is wide', () => {
    const pair = new Pair(1, {});
    pair.settle();
    const tags = Array.from({ length: 400 }, () => pair.execute(Uint8Array.of(0)));
    pair.settle();
    for (const tag of tags) expect(pair.answerTo(tag).status).toBe(0);
  });

  it('hand sense data over', () => {
    const pair = new Pair(1, {});
    pair.settle();
    const answer = (tag: number) => {
      pair.settle();
      return pair.answerTo(tag);
    };
    const { status, sense } = answer(pair.execute(Uint8Array.of(0xff)));
    expect([status, sense[2], sense[12]]).toEqual([2, 5, 0x21]);
  });

  it('carry CDBs that are longer than a header', () => {
    const pair = new Pair(1, {});
    pair.settle();
    const tag = pair.execute(pattern(33));
    pair.settle();
    expect(pair.answerTo(tag).status).toBe(0);
  });

  it('abort a command that runs, and one that waits for the window', () => {
    const pair = new Pair(3, {});
    pair.settle();
    const tags = Array.from({ length: 200 }, () => pair.execute(Uint8Array.of(0)));
    pair.settle(false);
    for (const tag of [tags[0]!, tags[199]!]) {
      pair.initiator.abort(tag);
      pair.fromInitiator(pair.initiator.takeOutputs());
    }
    pair.settle();
    const aborted = pair.settled.filter(({ kind }) => kind === 'aborted');
    expect(aborted.map((one) => 'tag' in one && one.tag).sort()).toEqual(
      [tags[0], tags[199]].sort());
    expect(pair.settled.filter(({ kind }) => kind === 'answered')).toHaveLength(198);
  });

  it('log out', () => {
    const pair = new Pair(1, {});
    pair.settle();
    pair.initiator.logout();
    pair.fromInitiator(pair.initiator.takeOutputs());
    pair.settle();
    expect(pair.settled.at(-1)).toEqual({ kind: 'close', reason: undefined });
    expect(pair.closed).toEqual(['logged out']);
    expect(pair.initiator.execute(
      { lun: 0, cdb: Uint8Array.of(0), dataOut: new Uint8Array(0), dataInBytes: 0 }))
      .toBeUndefined();
  });

  it('end the session when the target asks, once nothing is under way', () => {
    const pair = new Pair(2, {});
    pair.settle();
    const tag = pair.execute(Uint8Array.of(0));
    pair.settle(false);
    pair.fromTarget(pair.target.requestLogout(5));
    pair.settle();
    expect(pair.answerTo(tag).status).toBe(0);
    expect(pair.settled.at(-1)).toEqual({ kind: 'close', reason: 'the target asked to log out' });
  });

  it('ping each other over a long silence', () => {
    const pair = new Pair(2, {});
    pair.settle();
    for (let i = 0; i < 5; i += 1) {
      pair.nowMs += SILENCE_MS;
      pair.fromInitiator(pair.initiator.tick(pair.nowMs));
      pair.fromTarget(pair.target.tick(pair.nowMs));
      pair.settle();
    }
    expect([pair.closed, pair.settled]).toEqual([[], [{ kind: 'loggedIn' }]]);
    pair.fromInitiator(pair.initiator.tick(pair.nowMs + SILENCE_MS));
    pair.fromInitiator(pair.initiator.tick(pair.nowMs + 2 * SILENCE_MS));
    expect(pair.settled.at(-1)).toEqual(
      { kind: 'close', reason: 'the target does not answer any more' });
  });

  it.each([
    ['a wrong secret', { credentials: { ...USER, secret: 'x' } }, 'authentication failed'],
    ['no credentials', {}, 'authentication failed'],
    ['another target', { credentials: USER, targetName: 'iqn.2020-01.test:x' }, 'no such name'],
  ])('do not come together with %s', (_what, rules, reason) => {
    const pair = new Pair(1, rules, { users: [USER] });
    pair.settle();
    expect(pair.settled).toHaveLength(1);
    expect(pair.settled[0]).toMatchObject(
      { kind: 'close', reason: expect.stringContaining(reason) });
  });

  it('find out about targets', () => {
    const pair = new Pair(1, { sessionType: 'discovery' });
    pair.settle();
    pair.initiator.sendTargets();
    pair.fromInitiator(pair.initiator.takeOutputs());
    pair.settle();
    expect(pair.settled.at(-1)).toEqual({ kind: 'text', pairs: [
      ['TargetName', TARGET], ['TargetAddress', '192.0.2.1:3260,1']] });
  });
});
