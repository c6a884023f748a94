/** Modal dialogs: the browser keeps the focus in them and closes them by Escape. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../types/shell';
import { problemIn } from '../shell/api';
import { ErrorBox } from './states';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** buttons */
  readonly footer?: ComponentChildren;
}

export function Dialog({ title, onClose, children, footer }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the page is painted: an effect's end comes after it, when the dialog has gone already and keys would be lost.
  useLayoutEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it already
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div class="dialog">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="plain" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        </div>
        <div class="dialog-body">{children}</div>
        {footer === undefined ? null : <div class="dialog-foot">{footer}</div>}
      </div>
    </dialog>
  );
}

export interface ConfirmProps {
  readonly title: string;
  /** what the button does: `Redrive`, `Discard 12 rows` */
  readonly action: string;
  /** nothing brings back what it takes away */
  readonly isDestructive?: boolean;
  /** not yet possible, as while the dry run is on its way */
  readonly isDisabled?: boolean;
  /** what will happen: the dry run first, where there is one */
  readonly children: ComponentChildren;
  readonly onConfirm: () => Promise<unknown>;
  /** after it was done as well */
  readonly onClose: () => void;
}

/** Asks before it acts, and stays open with the sentence when it was refused. */
export function Confirm({ title, action, isDestructive, isDisabled, children, onConfirm, onClose }: ConfirmProps) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(problemIn(error));
      setBusy(false);
    }
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            class={isDestructive ? 'danger' : 'primary'}
            disabled={isBusy || isDisabled}
            onClick={() => void confirm()}
          >
            {isBusy ? `${action} …` : action}
          </button>
        </>
      }
    >
      {children}
      {problem === undefined ? null : <ErrorBox problem={problem} />}
    </Dialog>
  );
}
