/** Fields that many PDUs have at the same place. Source: RFC 7143 11.2.1. */
import { bit, bits, type Field, raw, u8, u24, u32 } from '../../codec/field.ts';

export const opcode = (code: number, name: string): Field<number> =>
  bits(0, 5, 0, 'Opcode', { oneOf: [code], meanings: { [code]: name } });
export const immediate = bit(0, 6, 'I', { meaning: 'immediate delivery' });
export const final = bit(1, 7, 'F', { meaning: 'final' });
/** F in PDUs that have no other form than the final one. */
export const alwaysFinal = bit(1, 7, 'F', { mustBe: true, severity: 'warning' });
export const totalAhsLength = u8(4, 'TotalAHSLength', { unit: 'words of 4 bytes' });
/** TotalAHSLength in PDUs that real receivers accept without additional headers only. */
export const noAhs = u8(4, 'TotalAHSLength', { oneOf: [0], severity: 'warning' });
export const dataSegmentLength = u24(5, 'DataSegmentLength', { unit: 'bytes' });
/** DataSegmentLength of PDUs that carry no data. */
export const noData = u24(5, 'DataSegmentLength', { oneOf: [0] });
export const lun = raw(8, 8, 'LUN');
export const initiatorTaskTag = u32(16, 'Initiator Task Tag', { hex: true });
export const targetTransferTag = u32(20, 'Target Transfer Tag', { hex: true });
export const cmdSn = u32(24, 'CmdSN');
export const expStatSn = u32(28, 'ExpStatSN');
export const statSn = u32(24, 'StatSN');
export const expCmdSn = u32(28, 'ExpCmdSN');
export const maxCmdSn = u32(32, 'MaxCmdSN');
