import { type Command, dataOutOf, type ItNexus, type Result } from '../../sam/command.ts';
import { type CommandEntry, entry } from '../../sam/command-table.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { type BlockMedium, ReservationConflict } from '../../sam/medium-access.ts';
import { SenseError } from '../../sense/sense.ts';
import {
  populateTokenCdb, reportAllRodTokensCdb, writeUsingTokenCdb,
} from '../../wire/copy/cdbs.ts';
import { rodTokenDescriptor } from '../../wire/copy/lid4-results.ts';
import { ORIGINATES, type Origin } from '../copy-operation.ts';
import { SLICE_BYTES } from '../move-pipeline.ts';
import type { CopyOperations, Work } from '../operations.ts';
import { broken } from '../rules.ts';
import { Rod } from './rod.ts';
import type { RodStore } from './rod-store.ts';
import { type RangeLimits, readPopulateList, readWriteList, TOKEN_AT } from './token-lists.ts';
import type { TokenUse } from './token-registry.ts';
import { sourceFailed, writeRod } from './write-rod.ts';

/** What the commands work with. */
export interface TokenCommandsHost {
  readonly rods: RodStore;
  readonly operations: CopyOperations;
  /** The largest move; the default is right but for tests. */
  readonly sliceBytes?: number;
}

type TokenCdb = { readonly listIdentifier: number; readonly parameterListLength: number };

/** A command as it came to a disk. */
interface Sent extends RangeLimits {
  readonly unit: LogicalUnit;
  readonly command: Command;
  readonly listIdentifier: number;
  readonly list: Uint8Array;
}

/**
 * Rows for POPULATE TOKEN and WRITE USING TOKEN, which disks have.
 *
 * Source: SBC-5 5.12, 5.59.
 */
export const tokenCommands = (host: TokenCommandsHost): readonly CommandEntry[] => [
  entry({ opcode: 0x83, serviceAction: 0x10, name: 'POPULATE TOKEN', source: 'SBC-5 5.12',
    cdb: populateTokenCdb, whenReserved: 'read',
    run: (unit, command, cdb) => withList(host, unit, command, cdb, populateToken) }),
  entry({ opcode: 0x83, serviceAction: 0x11, name: 'WRITE USING TOKEN', source: 'SBC-5 5.59',
    cdb: writeUsingTokenCdb, whenReserved: 'conflict',
    run: (unit, command, cdb) => withList(host, unit, command, cdb, writeUsingToken) }),
];

/** The row of REPORT ALL ROD TOKENS, which every logical unit can have. Source: SPC-4 6.31. */
export const rodReportCommands = (rods: RodStore): readonly CommandEntry[] => [
  entry({ opcode: 0x84, serviceAction: 0x08, name: 'REPORT ALL ROD TOKENS', source: 'SPC-4 6.31',
    cdb: reportAllRodTokensCdb, whenReserved: 'allow',
    run: (_unit, { nexus }, { allocationLength }) =>
      ({ dataIn: [rods.report(nexus).subarray(0, allocationLength)] }) }),
];

/** Nothing happens without a list. */
async function withList(
  host: TokenCommandsHost, unit: LogicalUnit, command: Command,
  { listIdentifier, parameterListLength }: TokenCdb,
  run: (host: TokenCommandsHost, sent: Sent) => Promise<Result>): Promise<Result> {
  const { medium } = unit;
  if (medium?.kind !== 'block') {
    throw new Error(`Cannot use tokens with ${unit.name}: it is no disk, and has their commands`);
  }
  const wantedBytes = parameterListLength;
  if (parameterListLength === 0) return { wantedBytes };
  const list = dataOutOf(command).subarray(0, parameterListLength);
  const { limits } = host.rods;
  return {
    wantedBytes, ...await run(host, { unit, medium, command, listIdentifier, list, limits }) };
}

const originOf = (
  { unit, medium: { blockBytes }, command: { nexus, signal }, listIdentifier }: Sent,
  immed: boolean, serviceAction: Origin['serviceAction']): Origin =>
  ({ unit, nexus, signal, listIdentifier, immed, serviceAction, blockBytes });

/** What is kept is kept before GOOD, so that the initiator may go on writing with IMMED, too. */
async function populateToken(
  { rods, operations }: TokenCommandsHost, sent: Sent): Promise<Result> {
  const { unit, medium, command } = sent;
  medium.admit('read', command.nexus);
  const { immed, rodType, inactivityTimeout, runs } = readPopulateList(sent.list, sent);
  const origin = originOf(sent, immed, ORIGINATES.populateToken);
  return operations.operate(origin, async ({ progress }): Promise<Work> => {
    rods.tokens.assertRoom();
    const rod = new Rod(rodType, unit, medium);
    const release = rod.hold();
    try {
      await rod.populate(runs);
    } catch (error) {
      release();
      throw error;
    }
    return async (signal) => {
      try {
        signal.throwIfAborted();
        const token = await rods.tokens.create(
          rod, rods.timesOf(rods.limits.tokenLifetimeMaxS, inactivityTimeout));
        progress.stoppedAt(0, rod.byteLength);
        return { tokens: [rodTokenDescriptor.encode({ cscdId: 0, token })] };
      } finally {
        release();
      }
    };
  });
}

/** A token that is refused is refused before GOOD with IMMED, too. */
async function writeUsingToken(
  { rods, operations, sliceBytes = SLICE_BYTES }: TokenCommandsHost, sent: Sent): Promise<Result> {
  const { unit, medium, command: { nexus } } = sent;
  medium.admit('write', nexus);
  const { immed, delTkn, token, offsetIntoRod, runs } = readWriteList(sent.list, sent);
  const origin = originOf(sent, immed, ORIGINATES.writeUsingToken);
  return operations.operate(origin, ({ mover, progress }): Work => {
    const use = rods.use(token, nexus, TOKEN_AT);
    try {
      const offset = offsetOf(use, offsetIntoRod, medium);
      admitSource(use, rods.ownNexus);
      return async (signal) => {
        let isDone = false;
        try {
          const written = await writeRod({
            rod: use.rod, offset, unit, medium, runs, mover, progress, signal, sliceBytes });
          isDone = true;
          const asked = runs.reduce((sum, { blockCount }) => sum + blockCount, 0);
          return { kind: written < asked ? 'tokenPartlyUsed' : 'complete' };
        } finally {
          use.end(isDone && delTkn);
        }
      };
    } catch (error) {
      use.end(false);
      throw error;
    }
  });
}

/** What is read where it lies has to be within reach. Throws: SenseError COPY ABORTED. */
function admitSource({ rod }: TokenUse, nexus: ItNexus): void {
  try {
    rod.admit('read', nexus);
  } catch (error) {
    if (!(error instanceof SenseError || error instanceof ReservationConflict)) throw error;
    throw sourceFailed(error);
  }
}

/** The first byte of the ROD that is written. Throws: SenseError if it has none there. */
function offsetOf({ rod, isEndless }: TokenUse, blocks: bigint, medium: BlockMedium): number {
  if (isEndless) return 0;
  const offset = blocks * BigInt(medium.blockBytes);
  if (offset < BigInt(rod.byteLength)) return Number(offset);
  throw broken('offsetIntoRod',
    `OFFSET INTO ROD is ${blocks} blocks, the token represents ${rod.byteLength} bytes`);
}
