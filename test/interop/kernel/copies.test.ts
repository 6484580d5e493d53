import { kernelSuite } from '../../support/kernel-suite.ts';

kernelSuite({
  title: 'a Linux kernel with reservations, copies and a target that is killed',
  scripts: ['session', 'reservations', 'copy', 'copy-kinds', 'recovery', 'logout'],
  flags: (file) => [
    '--disk', `first=${file('first.img')},size=128M`,
    '--disk', `second=${file('second.img')},size=128M`,
    '--tape', `tape=${file('tape')},capacity=1G`,
    '--tape', `short=${file('short')},capacity=8M`,
    '--disk', `large=${file('large.img')},size=128M,block=4096`,
  ],
});
