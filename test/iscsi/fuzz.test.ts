import { expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { LOGIN_TIMEOUT_MS } from '../../src/iscsi/limits.ts';
import { scsiCommand } from '../../src/wire/iscsi/command.ts';
import { dataOut } from '../../src/wire/iscsi/data.ts';
import { logoutRequest } from '../../src/wire/iscsi/logout.ts';
import { nopOut } from '../../src/wire/iscsi/nop.ts';
import { taskManagementRequest } from '../../src/wire/iscsi/task-management.ts';
import { textRequest } from '../../src/wire/iscsi/text.ts';
import { snackRequest } from '../../src/wire/iscsi/exceptions.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { IDENTITY, loginPdu, pduBytes, TARGET } from './support/pdus.ts';
import { FIRST_CMD_SN, GOOD, pattern } from './support/raw-initiator.ts';
import { SendMemory } from '../../src/iscsi/send-memory.ts';
import { TargetConnection } from '../../src/iscsi/target-connection.ts';
import type { TargetOutput } from '../../src/iscsi/target-output.ts';

const MUTATIONS = process.env.CI === 'true' ? 100_000 : 20_000;
/** Mutations before a new session is begun, if the old one has not ended by itself. */
const SESSION_LENGTH = 40;
const SEED = 20_201;

const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const NO_LUN = new Uint8Array(8);
const NO_TAG = 0xffff_ffff;

/** Valid PDUs of a session whose next CmdSN is `cmdSn`. */
function validPdu(random: () => number, cmdSn: number): Uint8Array {
  const immediate = random() < 0.3;
  const common = { ...LENGTHS, lun: NO_LUN, initiatorTaskTag: between(random, 0, 5) };
  const numbers = { cmdSn, expStatSn: 0 };
  const size = pick(random, [0, 1, 8, 512, 3_000]);
  return pick(random, [
    () => pduBytes(scsiCommand.encode({ ...common, ...numbers, immediate, opcode: 1, final: true,
      read: false, write: true, attribute: 1, expectedDataTransferLength: size + 100,
      cdb: pattern(16) }), pattern(size)),
    () => pduBytes(scsiCommand.encode({ ...common, ...numbers, immediate, opcode: 1, final: true,
      read: true, write: false, attribute: 1, expectedDataTransferLength: 512,
      cdb: pattern(16) }), undefined, undefined, Uint8Array.of(0, 5, 1, 0, 1, 2, 3, 4)),
    () => pduBytes(dataOut.encode({ ...common, opcode: 5, final: true,
      targetTransferTag: pick(random, [0, 1, 2, NO_TAG]), expStatSn: 0, dataSn: 0,
      bufferOffset: size }), pattern(100)),
    () => pduBytes(nopOut.encode({ ...common, ...numbers, immediate, opcode: 0, final: true,
      targetTransferTag: NO_TAG }), pattern(size)),
    () => pduBytes(textRequest.encode({ ...common, ...numbers, immediate, opcode: 4, final: true,
      continues: false, targetTransferTag: NO_TAG }), Buffer.from('SendTargets=All\0')),
    () => pduBytes(taskManagementRequest.encode({ ...common, ...numbers, immediate, opcode: 2,
      final: true, function: between(random, 1, 9), referencedTaskTag: between(random, 0, 5),
      refCmdSn: 0, expDataSn: 0 })),
    () => pduBytes(logoutRequest.encode({ ...LENGTHS, ...numbers, immediate, opcode: 6,
      initiatorTaskTag: 9, final: true, reason: 0, cid: 0 })),
    () => pduBytes(snackRequest.encode({ ...common, opcode: 0x10, final: true, type: 0,
      targetTransferTag: 0, expStatSn: 0, begRun: 0, runLength: 0 })),
    () => loginPdu([...IDENTITY, ['HeaderDigest', 'CRC32C,None'], ['InitialR2T', 'No']]),
  ])();
}

/** Changes some bytes, often those that matter most; sometimes cuts or repeats. */
function mutated(random: () => number, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let i = between(random, 1, 4); i > 0; i -= 1) {
    const at = random() < 0.7 ? between(random, 0, 47) : between(random, 0, copy.length - 1);
    copy[at] = pick(random, [0, 0xff, 0x80, copy[at]! ^ (1 << between(random, 0, 7)),
      between(random, 0, 255)]);
  }
  if (random() < 0.05) return copy.subarray(0, between(random, 1, copy.length));
  return random() < 0.05 ? concat([copy, copy]) : copy;
}

/** What a target's owner does; it answers at once or never. */
class Owner {
  readonly target: TargetConnection;
  readonly #random: () => number;
  isClosed = false;
  sentBytes = 0;

  constructor(random: () => number) {
    this.#random = random;
    this.target = new TargetConnection({ targetName: TARGET, portalGroupTag: 1, users: [],
      addresses: ['192.0.2.1:3260'], random: (count) => new Uint8Array(count),
      memory: new SendMemory(),
    }, 0);
  }

  take(outputs: readonly TargetOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'send': this.sentBytes += output.parts.reduce((sum, { length }) => sum + length, 0);
          break;
        case 'login': this.take(this.target.admit(1)); break;
        case 'run': if (this.#random() < 0.8) {
          this.take(this.target.complete(output.tag, { ...GOOD, dataIn: [pattern(600)] }));
        } break;
        case 'manage': this.take(this.target.managed(output.request.tag, 0)); break;
        case 'logout': this.take(this.target.loggedOut()); break;
        case 'close': this.isClosed = true; break;
      }
    }
  }
}

it(`gives a defined answer to ${MUTATIONS} mutations of valid PDUs (seed ${SEED})`, () => {
  const random = seeded(SEED);
  let answered = 0;
  let closed = 0;
  for (let done = 0; done < MUTATIONS;) {
    const owner = new Owner(random);
    const beginsInLogin = random() < 0.2;
    if (!beginsInLogin) owner.take(owner.target.receive(loginPdu(IDENTITY), 0));
    for (let i = 0; i < SESSION_LENGTH && done < MUTATIONS && !owner.isClosed; i += 1, done += 1) {
      const before = owner.sentBytes;
      const pdu = beginsInLogin ? loginPdu(IDENTITY) : validPdu(random, FIRST_CMD_SN + i);
      const bytes = mutated(random, pdu);
      owner.take(owner.target.receive(bytes, 0));
      // No answer is longer than what the largest read gives, and a reject of each PDU.
      expect(owner.sentBytes - before).toBeLessThan(20_000 + 4 * bytes.length);
      if (owner.sentBytes > before || owner.isClosed) answered += 1;
    }
    if (owner.isClosed) closed += 1;
    // Whatever it waits for, it can be ended, and is silent then.
    owner.take(owner.target.tick(LOGIN_TIMEOUT_MS));
    owner.take(owner.target.close('the test is over'));
    expect(owner.isClosed).toBe(true);
    expect(owner.target.receive(loginPdu(IDENTITY), 0)).toEqual([]);
  }
  expect(answered).toBeGreaterThan(MUTATIONS / 10);
  expect(closed).toBeGreaterThan(MUTATIONS / 1_000);
});
