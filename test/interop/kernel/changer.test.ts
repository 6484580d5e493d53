import { kernelSuite } from '../../support/kernel-suite.ts';

kernelSuite({
  title: 'a Linux kernel with a changer',
  scripts: ['changer', 'logout'],
  flags: (file) => [
    '--changer', `changer=${file('magazine')},drives=2,slots=8,ie=1,cartridges=4,capacity=64M`,
  ],
});
