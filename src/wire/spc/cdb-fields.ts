/** Fields that CDBs of all command sets have in common. Source: SPC-4 4.3. */
import { bit, bits, u8 } from '../../codec/field.ts';

export const operationCode = (code: number) => u8(0, 'OPERATION CODE', { oneOf: [code] });

export const serviceAction = (code: number) =>
  bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [code] });

/** The CONTROL byte: no device of ours has NormACA, and its other bits mean nothing here. */
export const naca = (at: number) => bit(at, 2, 'NACA', { mustBe: false });

/** Protection information that no device of ours has. Source: SBC-3 4.22. */
export const protect = (name: 'RDPROTECT' | 'WRPROTECT' | 'VRPROTECT' | 'ORPROTECT') =>
  bits(1, 7, 5, name, { oneOf: [0] });

/** Ignored: GROUP_SUP is 0. Source: SBC-3 4.23. */
export const groupNumber = (at: number) => bits(at, 4, 0, 'GROUP NUMBER');
