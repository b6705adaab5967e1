import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import { Clock, Settings, SettingsError, UnitOfWork } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { PasswordHashing } from '../application/password-hashing.js';
import { accountProblems } from '../domain/account-policies.js';
import { IdentityError } from '../domain/errors.js';
import { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { keptSecret, readSecret } from './kept-secret.js';

/** How the first admin signs in; the password is null where it is not known to us, or is not to be shown. */
export interface AdminSignIn {
  username: string;
  password: string | null;
}

/** Makes the first admin. A password that we made is kept in `<dataDir>/admin-password`, to be shown at every start. */
@Injectable()
export class FirstAdmin {
  constructor(
    private readonly settings: Settings,
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes an admin from the settings when there is none. Idempotent, also when processes start at once.
   * @throws SettingsError that names the variable which is wrong or missing.
   */
  async ensure(): Promise<AdminSignIn> {
    const present = await this.presentAdmin();
    if (present) return { username: present.username, password: await this.keptPasswordOf(present) };
    const { adminUsername: username, adminEmail: email } = this.settings;
    const password = this.settings.adminPassword || (await this.makePassword());
    this.check({ username, email, password });
    const passwordHash = await this.passwords.hash(password);
    const admin = User.open(
      { id: newId(), username, email, passwordHash, role: 'admin', emailVerified: true },
      this.clock.now(),
    );
    if (!(await this.addUnlessThereIsOne(admin))) return this.ensure();
    return { username, password: this.settings.adminPassword ? null : password };
  }

  private async presentAdmin(): Promise<User | undefined> {
    const admins = await this.unitOfWork.run(() => this.users.lockAdmins());
    return admins.find(({ username }) => username === this.settings.adminUsername) ?? admins[0];
  }

  private addUnlessThereIsOne(admin: User): Promise<boolean> {
    return this.unitOfWork.run(async () => {
      if ((await this.users.lockAdmins()).length > 0) return false;
      await this.users.add(admin, 'made-admin').catch((error: unknown) => {
        if (!(error instanceof IdentityError)) throw error;
        const variable = error.code === 'email-taken' ? 'ADMIN_EMAIL' : 'ADMIN_USERNAME';
        throw new SettingsError([`${variable} is that of an account which is no admin: name another one`]);
      });
      return true;
    });
  }

  private check(account: { username: string; email: string; password: string }): void {
    const problems = accountProblems(account);
    if (problems.length === 0) return;
    throw new SettingsError(problems.map(({ pointer, detail }) => `ADMIN_${pointer.slice(1).toUpperCase()} ${detail}`));
  }

  private get passwordFile(): string {
    return join(this.settings.dataDir, 'admin-password');
  }

  private makePassword(): Promise<string> {
    if (this.settings.environment === 'production') {
      throw new SettingsError([
        'ADMIN_PASSWORD must be set: there is no admin yet, and NODE_ENV=production makes up no password',
      ]);
    }
    return keptSecret(this.passwordFile, () => randomBytes(18).toString('base64url'));
  }

  /** Null as soon as the admin has chosen another one. */
  private async keptPasswordOf(admin: User): Promise<string | null> {
    if (this.settings.environment === 'production') return null;
    const kept = await readSecret(this.passwordFile);
    return kept !== null && (await this.passwords.verify(admin.passwordHash, kept)) ? kept : null;
  }
}
