import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MALFORMED, tsharkFields } from '../../support/e2e-tshark.ts';
import { kernelSuite } from '../../support/kernel-suite.ts';
import { requires } from '../../support/requires.ts';

const wireshark = requires('tshark');
const INFO = '_ws.col.Info';
/**
 * tshark wants more than an initiator did that asks for a page's header only, takes page B0h of a
 * tape for that of a disk, and log page 00h for a list of parameters.
 */
const BEYOND_TSHARK = /Data In .*\((?:Inquiry|Log Sense) Response Data\)/;

kernelSuite({
  title: 'a Linux kernel with disks and tapes',
  scripts: ['session', 'disk', 'tape', 'streams', 'logout'],
  flags: (file) => [
    '--disk', `first=${file('first.img')},size=128M`,
    '--disk', `second=${file('second.img')},size=128M`,
    '--tape', `tape=${file('tape')},capacity=1G`,
    '--tape', `short=${file('short')},capacity=8M`,
  ],
}, ({ recording, port }) => {
  it.skipIf(wireshark.isMissing)(`is recorded without a malformed packet${wireshark.why}`,
    async () => {
      const pcap = readFileSync(recording());
      const malformed = await tsharkFields(pcap, MALFORMED, [INFO], port());
      const texts = [...malformed.values()].map((frame) => String(frame.get(INFO)));
      expect(texts.filter((text) => !BEYOND_TSHARK.test(text))).toEqual([]);
      const logins = await tsharkFields(pcap, 'iscsi.opcode == 0x03', ['iscsi.opcode'], port());
      expect(logins.size).toBeGreaterThan(0);
    });
});
