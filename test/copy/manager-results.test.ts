import { describe, expect, it } from 'vitest';
import { readU32 } from '../../src/bytes/big-endian.ts';
import { type OperationEnd, ORIGINATES } from '../../src/copy/copy-operation.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { readSense, SenseError } from '../../src/sense/sense.ts';
import { COPY_OPERATION_STATUS, readLid4Results } from '../../src/wire/copy/lid4-results.ts';
import { copyStatus } from '../../src/wire/copy/results.ts';
import { MemoryDisk, nexusOf, unitOf } from '../support/copy-devices.ts';
import { cscdOf, diskToDisk, lid4ListOf, listOf } from '../support/copy-lists.ts';
import { turns } from '../support/turns.ts';
import { dataOf, Fixture, host } from './manager-fixture.ts';

const BLOCK = 512;
const DATA = 0x01;
const DATA_LID4 = 0x06;
const TOKENS = 0x07;
const unknown = ['illegalRequest', 'invalidFieldInCdb'];

const errorOf = (outcome: { sense: Uint8Array | undefined }) => {
  const { key, additional } = readSense(outcome.sense!);
  return [key, additional];
};

/** A disk whose block n is full of the byte n, and lists that hold what they copy. */
function setUp(options: ConstructorParameters<typeof Fixture>[1] = {}) {
  const disk = new MemoryDisk(
    'disk', BLOCK, Uint8Array.from({ length: BLOCK * 100 }, (_, i) => i / BLOCK));
  const unit = unitOf('disk', 1, disk);
  const fixture = new Fixture([unit], options);
  const cscds = [cscdOf(unit)];
  const held = (first: number, ids: number) =>
    [diskToDisk(first, 50, 2, { holds: true, from: ids, to: ids })];
  const list = (first: number, rest: object = {}) => listOf(cscds, held(first, 0), rest);
  const lid4List = (first: number, rest: object = {}) => lid4ListOf(cscds, held(first, 1), rest);
  return { fixture, unit, disk, cscds, list, lid4List };
}
const blocks = (first: number, count = 2): Uint8Array =>
  Uint8Array.from({ length: BLOCK * count }, (_, i) => first + Math.floor(i / BLOCK));
const lid1Data = (bytes: Uint8Array): Uint8Array => {
  const data = new Uint8Array(4 + bytes.length);
  new DataView(data.buffer).setUint32(0, bytes.length);
  data.set(bytes, 4);
  return data;
};

describe('held data', () => {
  it('is returned with an 8-bit identifier, once in full and any number of times in part',
    async () => {
      const { fixture, unit, list } = setUp();
      await fixture.copy(unit, list(7));
      const part = dataOf(await fixture.receive(unit, DATA, 1, 100));
      expect(part).toEqual(lid1Data(blocks(7)).subarray(0, 100));
      expect(dataOf(await fixture.receive(unit, DATA, 1, 4 + 2 * BLOCK)))
        .toEqual(lid1Data(blocks(7)));
      expect(errorOf(await fixture.receive(unit, DATA, 1))).toEqual(unknown);
      expect((await fixture.receive(unit, 0, 1)).status).toBe('good');
      expect((await fixture.receive(unit, 4, 1)).status).toBe('good');
    });

  it('is four zeros of a copy that held nothing', async () => {
    const { fixture, unit, cscds } = setUp();
    await fixture.copy(unit, listOf(cscds, []));
    expect(dataOf(await fixture.receive(unit, DATA, 1))).toEqual(new Uint8Array(4));
  });

  it('is discarded by an allocation length of 0', async () => {
    const { fixture, unit, list } = setUp();
    await fixture.copy(unit, list(7));
    expect(await fixture.receive(unit, DATA, 1, 0)).toMatchObject({ status: 'good' });
    expect(errorOf(await fixture.receive(unit, DATA, 1))).toEqual(unknown);
  });

  it('is not returned before the copy has ended', async () => {
    const { fixture, unit, list } = setUp();
    const [begun, gate] = [deferred<void>(), deferred<void>()];
    fixture.mover.before = () => {
      begun.resolve();
      return gate.promise;
    };
    const copy = fixture.copy(unit, list(7));
    await begun.promise;
    expect(errorOf(await fixture.receive(unit, DATA, 1))).toEqual(unknown);
    const early = readLid4Results(dataOf(await fixture.receiveLid4(unit, DATA_LID4, 1)));
    expect(early.data).toHaveLength(0);
    expect(early.head.status).toBe(COPY_OPERATION_STATUS.inForeground);
    gate.resolve();
    await copy;
    expect(dataOf(await fixture.receive(unit, DATA, 1))).toEqual(lid1Data(blocks(7)));
  });

  it('is returned behind the status with a 32-bit identifier; the status stays', async () => {
    const { fixture, unit, lid4List } = setUp();
    await fixture.copyLid4(unit, lid4List(3));
    const part = dataOf(await fixture.receiveLid4(unit, DATA_LID4, 1, 40));
    expect(part).toHaveLength(40);
    expect(readU32(part, 0)).toBe(32 + 2 * BLOCK);
    const { head, data } = readLid4Results(dataOf(await fixture.receiveLid4(unit, DATA_LID4, 1)));
    expect(head).toMatchObject({ status: 1, heldDataDiscarded: false, segmentsProcessed: 1 });
    expect(data).toEqual(blocks(3));
    const again = readLid4Results(dataOf(await fixture.receiveLid4(unit, DATA_LID4, 1)));
    expect(again.head.status).toBe(1);
    expect(again.data).toHaveLength(0);
  });

  it('is discarded by an allocation length of 0 there as well', async () => {
    const { fixture, unit, lid4List } = setUp();
    await fixture.copyLid4(unit, lid4List(3));
    await fixture.receiveLid4(unit, DATA_LID4, 1, 0);
    const { data } = readLid4Results(dataOf(await fixture.receiveLid4(unit, DATA_LID4, 1)));
    expect(data).toHaveLength(0);
  });

  it('is returned after an error with an 8-bit identifier only', async () => {
    const { fixture, unit, cscds } = setUp();
    const segments = (ids: number, wrong: number) => [
      diskToDisk(7, 50, 2, { holds: true, from: ids, to: ids }),
      diskToDisk(7, 50, 2, { from: wrong, to: ids })];
    await fixture.copy(unit, listOf(cscds, segments(0, 9), { listIdentifier: 1 }));
    expect(dataOf(await fixture.receive(unit, DATA, 1))).toEqual(lid1Data(blocks(7)));
    await fixture.copyLid4(unit, lid4ListOf(cscds, segments(1, 9), { listIdentifier: 2 }));
    const { head, sense, data } = readLid4Results(
      dataOf(await fixture.receiveLid4(unit, DATA_LID4, 2)));
    expect(head.status).toBe(COPY_OPERATION_STATUS.completedWithErrors);
    expect(sense.length).toBeGreaterThan(0);
    expect(data).toHaveLength(0);
  });

  it('is the newest that the limit lets be held, and the status says so', async () => {
    const { fixture, unit, list, lid4List } = setUp({ limits: { heldBytesMax: BLOCK + 1 } });
    await fixture.copy(unit, list(7, { listIdentifier: 1 }));
    const newest = blocks(7).subarray(BLOCK - 1);
    expect(copyStatus.read(dataOf(await fixture.receive(unit, 0, 1)))).toMatchObject(
      { status: 1, heldDataDiscarded: true });
    expect(dataOf(await fixture.receive(unit, DATA, 1))).toEqual(lid1Data(newest));
    await fixture.copyLid4(unit, lid4List(7, { listIdentifier: 2 }));
    const { head, data } = readLid4Results(dataOf(await fixture.receiveLid4(unit, DATA_LID4, 2)));
    expect(head.heldDataDiscarded).toBe(true);
    expect(data).toEqual(newest);
    const status = readLid4Results(dataOf(await fixture.receiveLid4(unit, 0x05, 2)));
    expect(status.head.heldDataDiscarded).toBe(false); // reserved there
  });

  it('is given up when a copy ends that lets its results be discarded', async () => {
    const { fixture, unit, list, lid4List } = setUp();
    await fixture.copy(unit, list(7, { listIdUsage: 2 }));
    expect(errorOf(await fixture.receive(unit, DATA, 1))).toEqual(unknown);
    expect((await fixture.receive(unit, 0, 1)).status).toBe('good');
    await fixture.copyLid4(unit, lid4List(7, { listIdUsage: 2, listIdentifier: 2 }));
    expect(errorOf(await fixture.receiveLid4(unit, DATA_LID4, 2))).toEqual(unknown);
    expect((await fixture.receiveLid4(unit, 0x05, 2)).status).toBe('good');
  });

  it('is given up, the oldest first, when all copies together have held too much', async () => {
    const limits = { heldBytesMax: 2 * BLOCK, identifiedCopiesMax: 2 };
    const { fixture, unit, list } = setUp({ limits });
    for (const listIdentifier of [1, 2, 3]) {
      fixture.clock.now += 1;
      await fixture.copy(unit, list(listIdentifier, { listIdentifier }));
    }
    expect(errorOf(await fixture.receive(unit, DATA, 1))).toEqual(unknown);
    expect((await fixture.receive(unit, 0, 1)).status).toBe('good');
    for (const id of [2, 3]) {
      expect(dataOf(await fixture.receive(unit, DATA, id))).toEqual(lid1Data(blocks(id)));
    }
  });

  it('is discarded by a new copy of that name', async () => {
    const { fixture, unit, cscds, list } = setUp();
    await fixture.copy(unit, list(7));
    await fixture.copy(unit, listOf(cscds, []));
    expect(dataOf(await fixture.receive(unit, DATA, 1))).toEqual(new Uint8Array(4));
  });

  it.each([
    ['LOGICAL UNIT RESET', ({ fixture, unit }: ReturnType<typeof setUp>) =>
      fixture.manager.reset(unit)],
    ['the loss of the nexus', ({ fixture }: ReturnType<typeof setUp>) =>
      fixture.manager.nexusLost(host)],
  ])('is discarded by %s', async (_, event) => {
    const made = setUp();
    await made.fixture.copy(made.unit, made.list(7));
    event(made);
    expect(errorOf(await made.fixture.receive(made.unit, DATA, 1))).toEqual(unknown);
    expect(errorOf(await made.fixture.receiveLid4(made.unit, DATA_LID4, 1))).toEqual(unknown);
  });
});

describe('operations of token commands', () => {
  const token = new Uint8Array(514).fill(5);
  /** An operation as a token command originates it. */
  const operate = (
    { fixture, unit }: ReturnType<typeof setUp>, work: () => Promise<OperationEnd>,
    rest: { readonly immed?: boolean; readonly nexus?: typeof host } = {}) =>
    fixture.manager.operations.operate({
      unit, nexus: host, signal: new AbortController().signal, listIdentifier: 0x201, immed: false,
      serviceAction: ORIGINATES.populateToken, blockBytes: BLOCK, ...rest,
    }, ({ progress }) => async () => {
      progress.transferBytes = 2048 * BLOCK;
      return work();
    });
  const tokensOf = async ({ fixture, unit }: ReturnType<typeof setUp>, length?: number) =>
    readLid4Results(dataOf(await fixture.receiveLid4(unit, TOKENS, 0x201, length)));

  it('count in logical blocks, and give their tokens once', async () => {
    const made = setUp();
    expect(await operate(made, async () => ({ tokens: [token] }))).toEqual({ status: 'good' });
    await made.fixture.receiveLid4(made.unit, TOKENS, 0x201, 100);
    const { head, data } = await tokensOf(made);
    expect(head).toMatchObject({
      responseToServiceAction: 0x10, status: 1, transferCountUnits: 0xf1, transferCount: 2048n,
      segmentsProcessed: 0 });
    expect(data).toEqual(token);
    expect((await tokensOf(made)).data).toHaveLength(0);
    expect((await tokensOf(made)).head.status).toBe(1);
  });

  it('lose the copies of their tokens by an allocation length of 0', async () => {
    const made = setUp();
    await operate(made, async () => ({ tokens: [token] }));
    await made.fixture.receiveLid4(made.unit, TOKENS, 0x201, 0);
    expect((await tokensOf(made)).data).toHaveLength(0);
  });

  it.each([
    ['tokenPartlyUsed', COPY_OPERATION_STATUS.partialTokenUsage],
    ['complete', COPY_OPERATION_STATUS.completed],
  ] as const)('end %s with status %i', async (kind, status) => {
    const made = setUp();
    await operate(made, async () => ({ kind }));
    expect((await tokensOf(made)).head.status).toBe(status);
  });

  it('end with errors, without tokens', async () => {
    const made = setUp();
    const result = await operate(made, async () => {
      throw new SenseError('copyAborted', 'copyTargetDeviceDataUnderrun', 'Cannot go on');
    });
    expect(result).toMatchObject({ status: 'checkCondition', sense: { key: 'copyAborted' } });
    const { head, sense, data } = await tokensOf(made);
    expect(head).toMatchObject({ status: 2, completionStatus: 2 });
    expect(readSense(sense).additional).toBe('copyTargetDeviceDataUnderrun');
    expect(data).toHaveLength(0);
  });

  it('share identifiers, BUSY, IMMED and abort with copies', async () => {
    const made = setUp({ limits: { concurrentCopiesMax: 1 } });
    const { fixture, unit, cscds } = made;
    const gate = deferred<void>();
    await operate(made, async () => {
      await gate.promise;
      throw new Error('aborted');
    }, { immed: true });
    expect((await tokensOf(made)).head).toMatchObject({
      status: COPY_OPERATION_STATUS.inBackground, responseToServiceAction: 0x10 });
    const list = (listIdentifier: number) => lid4ListOf(cscds, [], { listIdentifier });
    expect(errorOf(await fixture.copyLid4(unit, list(0x201))))
      .toEqual(['illegalRequest', 'operationInProgress']);
    expect((await fixture.copyLid4(unit, list(0x202))).status).toBe('busy');
    const abort = fixture.abort(unit, 0x201);
    gate.resolve();
    expect((await abort).status).toBe('good');
    expect((await tokensOf(made)).head).toMatchObject({
      status: COPY_OPERATION_STATUS.terminated, completionStatus: 0x40, transferCount: 2048n });
    expect((await fixture.copyLid4(unit, list(0x202))).status).toBe('good');
  });

  it('that do not begin leave nothing, and older results of their name stay', async () => {
    const made = setUp();
    const { fixture, unit } = made;
    await operate(made, async () => ({ tokens: [token] }));
    const refused = fixture.manager.operations.operate({
      unit, nexus: host, signal: new AbortController().signal, listIdentifier: 0x201, immed: true,
      serviceAction: ORIGINATES.writeUsingToken,
    }, async () => {
      await turns(1);
      throw new SenseError('illegalRequest', 'tokenUnknown', 'Cannot find the token');
    });
    // While it is being looked at, its identifier is in use, and tells of it.
    await expect(operate(made, async () => ({}))).rejects.toMatchObject(
      { sense: { additional: 'operationInProgress' } });
    expect((await tokensOf(made)).head).toMatchObject({
      status: COPY_OPERATION_STATUS.inBackground, responseToServiceAction: 0x11 });
    await expect(refused).rejects.toMatchObject({ sense: { additional: 'tokenUnknown' } });
    expect((await tokensOf(made)).data).toEqual(token);
    expect(fixture.manager.runningCount).toBe(0);
    expect(fixture.reports).toHaveLength(1);
  });

  it('do not bring results back that were discarded meanwhile', async () => {
    const made = setUp();
    const { fixture, unit } = made;
    await operate(made, async () => ({ tokens: [token] }));
    const refused = fixture.manager.operations.operate({
      unit, nexus: host, signal: new AbortController().signal, listIdentifier: 0x201, immed: true,
      serviceAction: ORIGINATES.writeUsingToken,
    }, async () => {
      fixture.manager.reset(unit);
      throw new SenseError('illegalRequest', 'tokenUnknown', 'Cannot find the token');
    });
    await expect(refused).rejects.toMatchObject({ sense: { additional: 'tokenUnknown' } });
    expect(errorOf(await fixture.receiveLid4(unit, TOKENS, 0x201))).toEqual(unknown);
  });

  it('whose task is aborted before they begin run their work to its end, with IMMED too',
    async () => {
      const { fixture, unit } = setUp();
      const controller = new AbortController();
      const seen: boolean[] = [];
      const operated = fixture.manager.operations.operate({
        unit, nexus: host, signal: controller.signal, listIdentifier: 1, immed: true,
        serviceAction: ORIGINATES.populateToken,
      }, async () => {
        await turns(1);
        return async (signal) => {
          seen.push(signal.aborted);
          signal.throwIfAborted();
          return {};
        };
      });
      controller.abort(new Error('aborted'));
      expect(await operated).toMatchObject({ status: 'taskAborted' });
      expect(seen).toEqual([true]);
    });

  it('of one nexus are not seen by another', async () => {
    const made = setUp();
    await operate(made, async () => ({ tokens: [token] }), { nexus: nexusOf('other') });
    expect(errorOf(await made.fixture.receiveLid4(made.unit, TOKENS, 0x201))).toEqual(unknown);
  });
});
