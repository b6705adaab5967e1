import { Books } from '@holdfast/catalog';
import { Contacts } from '@holdfast/identity';
import { ReservationViews } from '@holdfast/lending';
import { PresentState, type Reader, type ReservationNow } from '@holdfast/notifications';
import { Global, Injectable, Module } from '@nestjs/common';

/** What notifications asks before each mail, answered by the contexts that know. */
@Injectable()
export class PresentStateOfContexts extends PresentState {
  constructor(
    private readonly contacts: Contacts,
    private readonly reservations: ReservationViews,
    private readonly books: Books,
  ) {
    super();
  }

  reader(userId: string): Promise<Reader | null> {
    return this.contacts.find(userId);
  }

  async reservation(id: string): Promise<ReservationNow | null> {
    const view = await this.reservations.find(id);
    return view && { ...view, library: view.library?.name ?? null };
  }

  bookTitle(id: string): Promise<string | null> {
    return this.books.title(id);
  }
}

@Global()
@Module({ providers: [{ provide: PresentState, useClass: PresentStateOfContexts }], exports: [PresentState] })
export class PresentStateModule {}
