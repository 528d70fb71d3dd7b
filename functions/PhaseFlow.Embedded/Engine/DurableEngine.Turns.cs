namespace PhaseFlow.Embedded.Engine;

/// <content>Who makes the next batch, and when.</content>
internal sealed partial class DurableEngine
{
    private void TimerFired()
    {
        lock (_gate)
        {
            _timerFired = true;
        }

        TakeTurn();
    }

    /// <summary>Makes the next batch, here and now. Where the storage is telling of several things on this thread, it is made once for all of them.</summary>
    private void TakeTurn()
    {
        if (!_storage.Defer(_turn) && Enter())
        {
            CleanContext.Run(static engine => engine.Work(), this);
        }
    }

    private void Work()
    {
        MakeBatch();
        if (Leave())
        {
            // Whose thread this is has other things to do.
            ThreadPool.UnsafeQueueUserWorkItem(static engine => engine.GoOn(), this, preferLocal: true);
        }
    }

    private void GoOn()
    {
        do
        {
            MakeBatch();
        }
        while (Leave());
    }

    private void MakeBatch()
    {
        try
        {
            foreach (EngineMessage message in _taken)
            {
                _core.Post(message);
            }

            _taken.Clear();
            _core.DurableThrough = Volatile.Read(ref _durableThrough);
            Submit(_core.Process(_time.GetUtcNow().UtcDateTime));
            ArmTimer();
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    /// <summary>Takes what there is to do; false where there is nothing, or somebody is at it.</summary>
    private bool Enter()
    {
        lock (_gate)
        {
            if (!MayWork())
            {
                return false;
            }

            (_taken, _inbox) = (_inbox, _taken);
            _armedFor = _timerFired ? null : _armedFor; // it may have fired too early, and then it must be armed again
            _timerFired = false;
            _hasRecovered = false;
            return _isAtWork = true;
        }
    }

    /// <summary>True where more has come meanwhile, which is then taken.</summary>
    private bool Leave()
    {
        bool isOver;
        lock (_gate)
        {
            _isAtWork = false;
            if (Enter())
            {
                return true;
            }

            isOver = IsOver();
        }

        if (isOver)
        {
            End();
        }

        return false;
    }

    /// <summary>Whether there is something to do, room for a batch, and nobody who makes it.</summary>
    private bool MayWork() => _started && !_isAtWork && _pressing < MaxUnderWay && !_faulted.Task.IsCompleted
        && (_inbox.Count > 0 || (!_stopping && (_hasRecovered || _timerFired || _core.HasWork)));

    private bool IsOver() => _stopping && !_isAtWork && (_faulted.Task.IsCompleted || (_underWay == 0 && _inbox.Count == 0));
}
