import fc from 'fast-check';
import { networkOf } from './network.js';

describe('The network that a limit per address counts by', () => {
  it('is an IPv4 address itself', () => {
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
    expect(networkOf('192.0.2.2')).not.toBe(networkOf('192.0.2.1'));
  });

  it.each(['::ffff:192.0.2.1', '::FFFF:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1:4711'])(
    'is the same IPv4 address for %s',
    (address) => expect(networkOf(address)).toBe('192.0.2.1'),
  );

  it('is the /64 of an IPv6 address', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:2::ffff')).toBe('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:3::ffff')).toBe('2001:db8:1:3::/64');
  });

  it.each([
    '2001:0db8:0000:0001:0:0:0:1',
    '2001:DB8:0:1::1',
    '2001:db8::1:0:0:0:1',
    '2001:db8:0:1::192.0.2.1',
    '2001:db8:0:1::1%eth0',
    '[2001:db8:0:1::1]',
    '[2001:db8:0:1::1]:4711',
    '[2001:db8:0:1::1%eth0]:4711',
  ])('does not depend on how the address is written: %s', (address) => {
    expect(networkOf(address)).toBe('2001:db8:0:1::/64');
  });

  it('knows the edges of the notation', () => {
    expect(networkOf('::')).toBe('0:0:0:0::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('fe80::')).toBe('fe80:0:0:0::/64');
    expect(networkOf('1:2:3:4:5:6:7::')).toBe('1:2:3:4::/64');
    expect(networkOf('fe80::1%lan 1')).toBe('fe80:0:0:0::/64');
  });

  it.each([
    null,
    undefined,
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    ':::',
    '1::2::3',
    '[',
    '[]:80',
  ])('is unknown for %p, the same for all such', (address) => expect(networkOf(address)).toBe('unknown'));

  it('is found for every IPv6 address, in eight groups or short', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, fc.boolean(), (numbers, isPadded) => {
        const written = numbers.map((group) => group.toString(16).padStart(isPadded ? 4 : 1, '0')).join(':');
        const short = new URL(`http://[${written}]`).hostname.slice(1, -1);
        expect(networkOf(short)).toBe(networkOf(written));
        const isMapped = numbers.slice(0, 5).every((group) => group === 0) && numbers[5] === 0xffff;
        const network = numbers.slice(0, 4).map((group) => group.toString(16));
        if (!isMapped) expect(networkOf(written)).toBe(`${network.join(':')}::/64`);
      }),
    );
  });

  it('throws for no text, and gives none of them a network of its own', () => {
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\da-f:.%[\]]{0,60}$/));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(networkOf(text)).toMatch(/^(unknown|\d+\.\d+\.\d+\.\d+|[\da-f]{1,4}(:[\da-f]{1,4}){3}::\/64)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('is found at once in a text of a megabyte', () => {
    for (const part of ['1.', ':', 'a:', '[', '%', '1.1.1.1:1']) {
      const start = performance.now();
      expect(networkOf(part.repeat(1_000_000 / part.length))).toBe('unknown');
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});
