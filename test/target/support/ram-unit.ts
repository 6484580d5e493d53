import { bits, u8 } from '../../../src/codec/field.ts';
import { layout } from '../../../src/codec/layout.ts';
import { concat } from '../../../src/bytes/concat.ts';
import type { ItNexus } from '../../../src/sam/command.ts';
import { CommandTable, entry } from '../../../src/sam/command-table.ts';
import type { LogicalUnit } from '../../../src/sam/logical-unit.ts';
import { Reservation } from '../../../src/sam/reservation.ts';
import { TaskSet } from '../../../src/sam/task-set.ts';
import { UnitAttentions } from '../../../src/sam/unit-attention.ts';
import { read10Cdb, write10Cdb } from '../../../src/wire/sbc/cdbs.ts';
import { inquiryCdb, testUnitReadyCdb } from '../../../src/wire/spc/cdbs.ts';

const BLOCK_BYTES = 512;

/** A command that runs until it is aborted or `finish` is called. */
export const WAIT = Uint8Array.of(0xc0, 0, 0, 0, 0, 0);
export const RESERVE = Uint8Array.of(0x16, 0, 0, 0, 0, 0);
export const TEST_UNIT_READY = new Uint8Array(6);

const plain = (opcode: number) => layout(
  { name: 'a test command', source: 'none', size: 6 },
  { opcode: u8(0, 'OPERATION CODE', { oneOf: [opcode] }), control: bits(5, 7, 0, 'CONTROL') });

/** A disk in memory, small, with what tests need. */
export class RamUnit implements LogicalUnit {
  readonly name = 'ram';
  readonly peripheralDeviceType = 0;
  readonly designators = [];
  readonly attentions = new UnitAttentions();
  readonly reservation = new Reservation();
  readonly tasks = new TaskSet();
  readonly senseFormat = 'fixed';
  readonly medium = undefined;
  readonly bytes = new Uint8Array(4 * 1024 * 1024);
  readonly lost: string[] = [];
  resetCount = 0;
  /** Waiting commands, so that a test can see them begin. */
  waitingCount = 0;

  readonly table = new CommandTable([
    entry({ opcode: 0x00, name: 'TEST UNIT READY', source: 'SPC-4', cdb: testUnitReadyCdb,
      whenReserved: 'conflict', run: () => ({}) }),
    entry({ opcode: 0x12, name: 'INQUIRY', source: 'SPC-4', cdb: inquiryCdb,
      whenReserved: 'allow', ignoresUnitAttention: true,
      run: () => ({ dataIn: [new Uint8Array(36)] }) }),
    entry({ opcode: 0x16, name: 'RESERVE(6)', source: 'SPC-2', cdb: plain(0x16),
      whenReserved: 'conflict',
      run: (_unit, { nexus }) => ({ status: this.reservation.reserve(nexus) ? 'good' : 'busy' }) }),
    entry({ opcode: 0x28, name: 'READ(10)', source: 'SBC-3', cdb: read10Cdb,
      whenReserved: 'conflict',
      run: (_unit, _command, { lba, blockCount }) => ({
        dataIn: [this.bytes.subarray(lba * BLOCK_BYTES, (lba + blockCount) * BLOCK_BYTES)] }) }),
    entry({ opcode: 0x2a, name: 'WRITE(10)', source: 'SBC-3', cdb: write10Cdb,
      whenReserved: 'conflict',
      run: (_unit, { dataOut }, { lba }) => {
        this.bytes.set(concat(dataOut), lba * BLOCK_BYTES);
        return {};
      } }),
    entry({ opcode: 0xc0, name: 'WAIT', source: 'none', cdb: plain(0xc0),
      whenReserved: 'allow',
      run: (_unit, { signal }) => {
        this.waitingCount += 1;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      } }),
  ]);

  reset(): void {
    this.resetCount += 1;
    this.reservation.clear();
    this.attentions.establish('deviceReset');
  }

  nexusLost(nexus: ItNexus): void {
    this.lost.push(nexus.initiatorName);
    this.reservation.release(nexus);
    this.attentions.establishFor(nexus, 'itNexusLoss');
  }
}

export const readCdb = (lba: number, blockCount: number): Uint8Array => read10Cdb.encode(
  { ...read10Cdb.decode(new Uint8Array(10)).value, opcode: 0x28, lba, blockCount });
export const writeCdb = (lba: number, blockCount: number): Uint8Array => write10Cdb.encode(
  { ...write10Cdb.decode(new Uint8Array(10)).value, opcode: 0x2a, lba, blockCount });
