import {
  type Actor,
  Allow,
  Creates,
  CurrentActor,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  PageOf,
  WithEtag,
  WithLinks,
} from '@holdfast/platform';
import {
  type ArgumentMetadata,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Injectable,
  Param,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { ChangeCustomer } from '../application/change-customer.js';
import { CustomerView } from '../application/customer.view.js';
import { DeleteAccount } from '../application/delete-account.js';
import { OpenAccount } from '../application/open-account.js';
import { FindCustomer, ListCustomers } from '../application/read-customers.js';
import { NewCustomerInput, profileChanges, ProfileInput } from './customers.dto.js';
import { AccountListQuery } from './users.dto.js';

class CustomerPage extends PageOf(CustomerView) {}

/** An id, or `me`. */
@Injectable()
class CustomerIdPipe extends IdPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): string {
    return value === 'me' ? value : super.transform(value, metadata);
  }
}

const idOf = (actor: Actor, id: string): string => (id === 'me' ? actor.userId : id);

const ID_OR_ME = '^(me|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$';

const CustomerId = (): MethodDecorator =>
  ApiParam({
    name: 'id',
    description: 'Id of the customer, or `me`',
    schema: { type: 'string', maxLength: 36, pattern: ID_OR_ME, example: 'me' },
  });

@ApiTags('Customers')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('customers')
@WithEtag()
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** All customers, or those that fit, the oldest first. */
  @Get()
  @Allow('customer:list')
  @WithLinks()
  @ApiOperation({ summary: 'List customers' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() { search, ...page }: AccountListQuery): Promise<CustomerPage> {
    return this.queries.execute(new ListCustomers(search, page));
  }

  @Post()
  @Allow('account:administer')
  @Creates({ at: ({ id }: CustomerView) => `/api/customers/${id}` })
  @ApiOperation({ summary: 'Create a customer' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiConflictResponse({ description: 'username-taken, email-taken' })
  create(@CurrentActor() actor: Actor, @Body() input: NewCustomerInput): Promise<CustomerView> {
    const { username, email, password } = input;
    const account = { username, email, password, role: 'customer' } as const;
    const shown = (id: string): FindCustomer => new FindCustomer(actor, id);
    return this.commands.execute(new OpenAccount(account, 'created', shown, profileChanges(input)));
  }

  @Get(':id')
  @CustomerId()
  @Allow('account:use')
  @ApiOperation({ summary: 'Read a customer: oneself, or any for staff' })
  @ApiNotFoundResponse({ description: 'customer-not-found' })
  read(@CurrentActor() actor: Actor, @Param('id', CustomerIdPipe) id: string): Promise<CustomerView> {
    return this.queries.execute(new FindCustomer(actor, idOf(actor, id)));
  }

  @Patch(':id')
  @CustomerId()
  @Allow('account:use')
  @ApiOperation({ summary: 'Change a profile (merge patch): one’s own, or any for an admin' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiNotFoundResponse({ description: 'customer-not-found' })
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', CustomerIdPipe) id: string,
    @Body() input: ProfileInput,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<CustomerView> {
    await this.commands.execute(new ChangeCustomer(actor, idOf(actor, id), profileChanges(input), expected));
    return this.queries.execute(new FindCustomer(actor, idOf(actor, id)));
  }

  /** Oneself, or any for an admin. Refused while the customer has copies out. */
  @Delete(':id')
  @HttpCode(204)
  @CustomerId()
  @Allow('account:use')
  @ApiOperation({ summary: 'Delete a customer with the account' })
  @ApiNotFoundResponse({ description: 'customer-not-found' })
  @ApiConflictResponse({ description: 'copies-out' })
  remove(
    @CurrentActor() actor: Actor,
    @Param('id', CustomerIdPipe) id: string,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<void> {
    return this.commands.execute(new DeleteAccount(actor, idOf(actor, id), expected, 'customer'));
  }
}
