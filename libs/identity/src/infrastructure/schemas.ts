import { EntitySchema } from 'typeorm';
import { CustomerProfile } from '../domain/customer-profile.js';
import { User } from '../domain/user.js';

export const UserSchema = new EntitySchema<User>({
  name: 'User',
  target: User,
  schema: 'identity',
  tableName: 'users',
  columns: {
    id: { type: 'uuid', primary: true },
    username: { type: 'text' },
    email: { type: 'text' },
    passwordHash: { type: 'text', name: 'password_hash' },
    role: { type: 'text' },
    isActive: { type: 'boolean', name: 'is_active' },
    emailVerified: { type: 'boolean', name: 'email_verified' },
    version: { type: 'integer' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});

export const CustomerProfileSchema = new EntitySchema<CustomerProfile>({
  name: 'CustomerProfile',
  target: CustomerProfile,
  schema: 'identity',
  tableName: 'customers',
  columns: {
    userId: { type: 'uuid', name: 'user_id', primary: true },
    fullName: { type: 'text', name: 'full_name', nullable: true },
    phone: { type: 'text', nullable: true },
    homeLibraryId: { type: 'uuid', name: 'home_library_id', nullable: true },
    notifyByEmail: { type: 'boolean', name: 'notify_by_email' },
  },
});

export const identitySchemas: EntitySchema[] = [UserSchema, CustomerProfileSchema];
