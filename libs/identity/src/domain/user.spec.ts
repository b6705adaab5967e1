import { anotherAdminIsLeft, type NewUser, User } from './user.js';

const then = new Date('2026-01-01T00:00:00Z');
const now = new Date('2026-02-01T00:00:00Z');
const aUser = (parts: Partial<NewUser> = {}): User =>
  User.open(
    { id: '1', username: 'ada', email: 'ada@example.org', passwordHash: '-', role: 'customer', ...parts },
    then,
  );

describe('A user', () => {
  it('is active and unverified at first', () => {
    expect(aUser()).toMatchObject({
      isActive: true,
      emailVerified: false,
      version: 1,
      createdAt: then,
      updatedAt: then,
    });
  });

  it('changes what is asked for and raises the version once', () => {
    const user = aUser();
    expect(user.change({ username: 'ada.l', role: 'author' }, now)).toEqual([
      { field: 'username', from: 'ada', to: 'ada.l' },
      { field: 'role', from: 'customer', to: 'author' },
    ]);
    expect(user).toMatchObject({ username: 'ada.l', role: 'author', version: 2, updatedAt: now });
  });

  it('is not changed by what it is already', () => {
    const user = aUser();
    expect(user.change({ username: 'ada', isActive: undefined }, now)).toEqual([]);
    expect(user).toMatchObject({ version: 1, isActive: true, updatedAt: then });
  });

  it('has to verify a new address', () => {
    const user = aUser({ emailVerified: true });
    user.change({ username: 'other' }, now);
    expect(user.emailVerified).toBe(true);
    user.change({ email: 'new@example.org' }, now);
    expect(user.emailVerified).toBe(false);
  });

  it('is verified once', () => {
    const user = aUser();
    user.verifyEmail(now);
    user.verifyEmail(now);
    expect(user).toMatchObject({ emailVerified: true, version: 2 });
  });
});

describe('The last admin', () => {
  const admin = (id: string, isActive = true) => Object.assign(aUser({ id, role: 'admin' }), { isActive });

  it('may go when another active one is left', () => {
    expect(() => anotherAdminIsLeft(admin('1'), [admin('1'), admin('2')])).not.toThrow();
  });

  it.each([[[]], [[admin('1')]], [[admin('1'), admin('2', false)]]])('may not go otherwise (%#)', (admins) => {
    expect(() => anotherAdminIsLeft(admin('1'), admins)).toThrow(expect.objectContaining({ code: 'last-admin' }));
  });
});
